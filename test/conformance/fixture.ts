/**
 * The server that the conformance suite expects: the product's connection and its table of methods, with the suite's
 * tools, resources and prompts in place of the product's.
 */
import { isObject } from '../../src/base/json.js';
import { INVALID_PARAMS, ProtocolError } from '../../src/mcp/json-rpc.js';
import { METHODS, type Method, type Params } from '../../src/mcp/methods.js';
import type { Result } from '../../src/mcp/requests.js';
import { ASKING_TOOLS } from './asking-tools.js';
import { content, type FixtureCall, PNG, TOOLS, text } from './fixture-tools.js';
import type { Peer, Raw } from './peer.js';
import { Answers, form } from './questions.js';

/** What the fixture offers, beside what the product does. */
export const CAPABILITIES = {
	tools: {},
	prompts: {},
	completions: {},
	resources: { subscribe: true },
	logging: {},
} as const;

const ALL_TOOLS = [...TOOLS, ...ASKING_TOOLS];

/** A prompt of the fixture. */
interface FixturePrompt {
	readonly name: string;
	/** The arguments, all of them required. */
	readonly takes: readonly string[];
	get(call: FixtureCall): Result;
}

const messages = (...parts: Raw[]): Result => ({ messages: parts.map((part) => ({ role: 'user', content: part })) });

const PROMPTS: readonly FixturePrompt[] = [
	{ name: 'test_simple_prompt', takes: [], get: () => messages(text('This is a simple prompt for testing.')) },
	{
		name: 'test_prompt_with_arguments',
		takes: ['arg1', 'arg2'],
		get: ({ args }) => messages(text(`Prompt with arguments: arg1='${args.arg1}', arg2='${args.arg2}'`)),
	},
	{
		name: 'test_prompt_with_embedded_resource',
		takes: ['resourceUri'],
		get: ({ args: { resourceUri: uri } }) =>
			messages(
				{ type: 'resource', resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content.' } },
				text('Please process the embedded resource above.'),
			),
	},
	{
		name: 'test_prompt_with_image',
		takes: [],
		get: () => messages({ type: 'image', data: PNG, mimeType: 'image/png' }, text('Please analyze the image above.')),
	},
	{
		name: 'test_input_required_result_prompt',
		takes: [],
		get: ({ answers }) => {
			const questions = { user_context: form('What is the context?', { context: 'string' }) };
			if (!answers.cover(questions)) return answers.ask(questions);
			return messages(text(`The context: ${JSON.stringify(answers.to('user_context'))}`));
		},
	},
];

/** The resources, by URI. */
const RESOURCES: Readonly<Record<string, Raw>> = {
	'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
	'test://static-binary': { mimeType: 'image/png', blob: PNG },
	'test://watched-resource': { mimeType: 'text/plain', text: 'This resource never changes.' },
};

const TEMPLATE = 'test://template/{id}/data';

function readResource({ uri }: Params): Result {
	const [, id] = /^test:\/\/template\/([^/]+)\/data$/.exec(String(uri)) ?? [];
	const made = id && { mimeType: 'application/json', text: JSON.stringify({ id, data: `Data for ID: ${id}` }) };
	const found = made || RESOURCES[String(uri)];
	if (!found) throw new ProtocolError(INVALID_PARAMS, 'Resource not found', { uri });
	return { contents: [{ uri, ...found }] };
}

/** The method of the product, with another answer. A method that only earlier revisions have is none of the product's. */
function replace(name: string, answer: Method['answer']): [string, Method] {
	const own = METHODS.get(name);
	return [name, own ? { ...own, answer } : { isRemoved: true, answer }];
}

const listTools = (): Result => ({
	tools: ALL_TOOLS.map(({ name, takes = [] }) => ({
		name,
		description: `The tool ${name} of the conformance suite`,
		inputSchema: {
			type: 'object',
			properties: Object.fromEntries(takes.map((one) => [one, { type: 'string' }])),
			required: takes,
		},
	})),
});

const listPrompts = (): Result => ({
	prompts: PROMPTS.map(({ name, takes }) => ({
		name,
		description: `The prompt ${name} of the conformance suite`,
		arguments: takes.map((one) => ({ name: one, description: 'A text', required: true })),
	})),
});

const named = (uri: string) => ({ name: uri, description: 'A resource of the conformance suite', uri });

/** The table of methods for one connection. `first` is its first message. */
export function fixtureMethods(peer: Peer, first: Raw): ReadonlyMap<string, Method> {
	const answers = new Answers(first);
	const callOf = (params: Params, caller: FixtureCall['caller']): FixtureCall => ({
		args: isObject(params.arguments) ? params.arguments : {},
		caller,
		peer,
		answers,
	});
	return new Map([
		...METHODS,
		replace('tools/list', listTools),
		replace('tools/call', (params, caller) => {
			const tool = ALL_TOOLS.find(({ name }) => name === params.name);
			if (!tool) return { ...content(text('There is no such tool')), isError: true };
			return tool.run(callOf(params, caller));
		}),
		replace('resources/list', () => ({ resources: Object.keys(RESOURCES).map(named) })),
		replace('resources/templates/list', () => ({
			resourceTemplates: [{ name: 'template', description: 'A template', uriTemplate: TEMPLATE }],
		})),
		replace('resources/read', readResource),
		replace('resources/subscribe', () => ({})),
		replace('resources/unsubscribe', () => ({})),
		replace('logging/setLevel', () => ({})),
		replace('prompts/list', listPrompts),
		replace('prompts/get', (params, caller) => {
			const prompt = PROMPTS.find(({ name }) => name === params.name);
			if (!prompt) throw new ProtocolError(INVALID_PARAMS, 'There is no such prompt');
			return prompt.get(callOf(params, caller));
		}),
		replace('completion/complete', () => ({ completion: { values: [], total: 0, hasMore: false } })),
	]);
}
