/** Plays the product through the SDK's MCP client and a real server process, against the sandbox. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, type ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { sanitize } from '../base/sanitize.js';
import { NAME, VERSION } from '../version.js';
import { type Chapter, STORY, type Step } from './demo-story.js';

interface DemoOptions {
	/** The Node.js that runs the server. */
	readonly command: string;
	/** The server's entry file. */
	readonly script: URL;
	print(text: string): void;
	/** Whether the output may contain escape sequences. */
	readonly colour: boolean;
}

/** Plays the story. Returns the exit code: 0 when every step behaved as expected, else 1. */
export async function runDemo({ command, script, print, colour }: DemoOptions): Promise<number> {
	// The user's state folder may not be writable, and must not list purges of the sandbox.
	const state = mkdtempSync(join(tmpdir(), `${NAME}-demo-`));
	const args = [fileURLToPath(script), '--sandbox', '--state-dir', state];
	const player = new Player(print, colour);
	try {
		await player.connect(new StdioClientTransport({ command, args, stderr: 'inherit' }));
		let unexpected = 0;
		for (const chapter of STORY) unexpected += await player.play(chapter);
		print(
			unexpected === 0
				? '\nEvery step behaved as expected. No request left this machine.\n'
				: `\nSteps that did not behave as expected: ${unexpected}.\n`,
		);
		return unexpected === 0 ? 0 : 1;
	} finally {
		await player.close();
		rmSync(state, { recursive: true, force: true });
	}
}

const BOLD = 1;
const GREEN = 32;
const YELLOW = 33;
const MAGENTA = 35;
const CYAN = 36;

/** Calls the tools of a story, answers its forms and prints both. */
class Player {
	readonly #print: (text: string) => void;
	readonly #colour: boolean;
	readonly #client = new Client(
		{ name: `${NAME}-demo`, version: VERSION },
		{ capabilities: { elicitation: { form: {} } } },
	);
	/** What the user types into the form of the current step. */
	#userTypes: string | undefined;
	/** Ids of the environments listed so far, by name. */
	readonly #environments = new Map<string, string>();
	/** Id of the last snapshot. */
	#snapshot: string | undefined;

	constructor(print: (text: string) => void, colour: boolean) {
		this.#print = print;
		this.#colour = colour;
		this.#client.setRequestHandler(ElicitRequestSchema, ({ params }) => this.#answerForm(params.message));
	}

	async connect(transport: StdioClientTransport): Promise<void> {
		await this.#client.connect(transport);
		const { tools } = await this.#client.listTools();
		const title = this.#paint(BOLD, `${NAME} ${VERSION}`);
		this.#print(
			`${title}: ${tools.length} tools, served over stdio, against a simulated Cloudflare on this machine.\n`,
		);
	}

	/** Plays a chapter and returns how many of its steps did not behave as expected. */
	async play({ title, steps }: Chapter): Promise<number> {
		this.#print(`\n${this.#paint(BOLD, title)}\n`);
		let unexpected = 0;
		for (const step of steps) if (!(await this.#playStep(step))) unexpected++;
		return unexpected;
	}

	async close(): Promise<void> {
		await this.#client.close();
	}

	async #playStep({ tool, args, environment, restores, userTypes, fails }: Step): Promise<boolean> {
		const given = {
			...args,
			...(environment && { environment_id: this.#environments.get(environment) }),
			...(restores && { snapshot: this.#snapshot }),
		};
		this.#print(`  ${this.#paint(CYAN, `→ ${tool}`)} ${sanitize(JSON.stringify(given), 400)}\n`);
		this.#userTypes = userTypes;
		const {
			content,
			isError = false,
			structuredContent,
		} = await this.#client.callTool({ name: tool, arguments: given });
		const [first] = content as { text: string }[];
		this.#print(`${this.#paint(isError ? YELLOW : GREEN, (first?.text ?? '').replace(/^/gm, '    '))}\n`);
		// The colour alone would not tell everyone.
		if (isError) this.#print(`    ${fails ? '(The call fails, as it should.)' : '(The call should not fail.)'}\n`);
		this.#keepIds(tool, structuredContent);
		return isError === (fails ?? false);
	}

	/** Keeps the ids that later steps name. */
	#keepIds(tool: string, structuredContent: unknown): void {
		if (tool === 'environments_list') {
			const { result } = structuredContent as { result: { environments: { name: string; ref: string }[] } };
			for (const { name, ref } of result.environments) this.#environments.set(name, ref);
		} else if (tool === 'cache_snapshot') {
			this.#snapshot = (structuredContent as { result: { id: string } }).result.id;
		}
	}

	#answerForm(message: string): ElicitResult {
		const zone = this.#userTypes;
		const answer = zone === undefined ? 'declines' : `types: ${zone}`;
		const form = `    ┌ ${message.replaceAll('\n', '\n    │ ')}\n    └ the user ${answer}\n`;
		this.#print(this.#paint(MAGENTA, form));
		return zone === undefined ? { action: 'decline' } : { action: 'accept', content: { zone } };
	}

	#paint(code: number, text: string): string {
		return this.#colour ? `\u001b[${code}m${text}\u001b[0m` : text;
	}
}
