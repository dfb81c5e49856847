/** The tools that the conformance suite calls, without those whose questions leave with a result. */
import type { Caller } from '../../src/mcp/caller.js';
import { ProtocolError } from '../../src/mcp/json-rpc.js';
import type { Result } from '../../src/mcp/requests.js';
import type { Peer, Raw } from './peer.js';
import type { Answers } from './questions.js';

/** What a tool or a prompt of the fixture is called with. */
export interface FixtureCall {
	readonly args: Raw;
	readonly caller: Caller;
	readonly peer: Peer;
	readonly answers: Answers;
}

/** A tool of the fixture. */
export interface FixtureTool {
	readonly name: string;
	/** The arguments, all of them required texts. None when absent. */
	readonly takes?: readonly string[];
	run(call: FixtureCall): Result | Promise<Result>;
}

/** A picture of one pixel. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
/** A sound without samples. */
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';

const MISSING_CAPABILITY = -32021;

export const text = (words: string): Raw => ({ type: 'text', text: words });
const image: Raw = { type: 'image', data: PNG, mimeType: 'image/png' };
const resource = (uri: string): Raw => ({
	type: 'resource',
	resource: { uri, mimeType: 'text/plain', text: 'A resource within a result.' },
});

/** A result with this content. */
export const content = (...parts: Raw[]): Result => ({ content: parts });

/** A form of earlier revisions, shown by a request to the client. */
const showForm =
	(properties: Raw) =>
	async ({ peer }: FixtureCall) => {
		const requestedSchema = { type: 'object', properties, required: [] };
		const answer = await peer.ask('elicitation/create', { message: 'Please fill in the form', requestedSchema });
		return content(text(`The form came back: ${JSON.stringify(answer)}`));
	};

const choices = (...names: string[]) => names.map((name) => ({ const: name, title: `The choice ${name}` }));

/** All tools in listing order. */
export const TOOLS: readonly FixtureTool[] = [
	{ name: 'test_simple_text', run: () => content(text('This is a simple text response for testing.')) },
	{ name: 'test_image_content', run: () => content(image) },
	{ name: 'test_audio_content', run: () => content({ type: 'audio', data: WAV, mimeType: 'audio/wav' }) },
	{ name: 'test_embedded_resource', run: () => content(resource('test://embedded-resource')) },
	{
		name: 'test_multiple_content_types',
		run: () => content(text('Three parts'), image, resource('test://mixed-content-resource')),
	},
	{
		name: 'test_error_handling',
		run: () => ({ ...content(text('This tool intentionally returns an error for testing')), isError: true }),
	},
	{
		name: 'test_tool_with_progress',
		run: async ({ caller: { progress } }) => {
			for (const done of [0, 50, 100]) progress?.(done, 100, `${done} of 100`);
			return content(text('Reported'));
		},
	},
	{
		name: 'test_tool_with_logging',
		run: async ({ peer }) => {
			for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed'])
				await peer.notify('notifications/message', { level: 'info', data });
			return content(text('Logged'));
		},
	},
	// A request of 2026-07-28 that names no level wants no log. The product never logs to its client.
	{ name: 'test_logging_tool', run: () => content(text('Nothing was logged to the client')) },
	{
		name: 'test_sampling',
		takes: ['prompt'],
		run: async ({ args, peer }) => {
			const messages = [{ role: 'user', content: text(String(args.prompt)) }];
			const answer = await peer.ask('sampling/createMessage', { messages, maxTokens: 100 });
			return content(text(`LLM response: ${JSON.stringify(answer.content)}`));
		},
	},
	{
		name: 'test_elicitation',
		takes: ['message'],
		run: async ({ args, caller: { askUser, cancel } }) => {
			// The product's own form: the suite only wants one to be shown.
			const answer = await askUser?.({ consequence: String(args.message), zoneName: 'example.com' }, cancel);
			return content(text(`User response: ${JSON.stringify(answer)}`));
		},
	},
	{
		name: 'test_elicitation_sep1034_defaults',
		run: showForm({
			name: { type: 'string', default: 'John Doe' },
			age: { type: 'integer', default: 30 },
			score: { type: 'number', default: 95.5 },
			status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
			verified: { type: 'boolean', default: true },
		}),
	},
	{
		name: 'test_elicitation_sep1330_enums',
		run: showForm({
			untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
			titledSingle: { type: 'string', oneOf: choices('value1', 'value2', 'value3') },
			legacyEnum: { type: 'string', enum: ['opt1', 'opt2'], enumNames: ['Option One', 'Option Two'] },
			untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
			titledMulti: { type: 'array', items: { anyOf: choices('value1', 'value2', 'value3') } },
		}),
	},
	{
		name: 'test_missing_capability',
		run: ({ answers }) => {
			if (answers.has('sampling')) return content(text('The client can be asked'));
			const data = { requiredCapabilities: { sampling: {} } };
			throw new ProtocolError(MISSING_CAPABILITY, 'Missing required client capability', data);
		},
	},
	{
		name: 'test_streaming_elicitation',
		run: ({ caller: { progress, askLater } }) => {
			progress?.(0, undefined, 'Before the question');
			// The product's own question. Its answer is never read, so any text does for a seal.
			askLater?.({ consequence: 'A question on a stream.', zoneName: 'example.com' }, 'unsealed');
			return content(text('The client takes no question'));
		},
	},
];
