/** What the tests of unfinished work share: a state directory, a sandbox that is theirs, lists of items. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { onTestFinished } from 'vitest';
import { type SandboxOptions, type SeenRequest, startSandbox } from '../../src/sandbox/server.js';
import { createVirtualClock } from './clock.js';
import { type Answer, connect, type Session } from './session.js';

/** How long unfinished work is kept (milliseconds). */
export const DAY = 24 * 60 * 60_000;

/** A zone of the sandbox for each plan. */
export const FREE = 'example.org';
export const PRO = 'example.net';
export const BUSINESS = 'example.biz';

export const tagsOf = (amount: number) => Array.from({ length: amount }, (_, at) => `tag-${at}`);
export const urlsOf = (amount: number, host: string) =>
	Array.from({ length: amount }, (_, at) => `https://${host}/${at}`);

/** A folder that ends with the test. */
export function folder(): string {
	const path = mkdtempSync(join(tmpdir(), 'unfinished-'));
	onTestFinished(() => rmSync(path, { recursive: true, force: true }));
	return path;
}

/** One unfinished call, as the resource lists it. */
export interface Listed {
	resume: string;
	tool: string;
	zone: { id: string; name: string };
	remaining: Record<string, number>;
	started: string;
	expires: string;
}

/** What the resource lists. */
export async function readUnfinished(client: Client): Promise<Listed[]> {
	const { contents } = await client.readResource({ uri: 'cf-cache://purges/unfinished' });
	return JSON.parse((contents[0] as { text: string }).text) as Listed[];
}

/** A sandbox of the test's own, so that several servers can use it. */
export async function ownSandbox(options: SandboxOptions = {}) {
	const requests: SeenRequest[] = [];
	const sandbox = await startSandbox({
		...options,
		onRequest: (request) => {
			requests.push(request);
			options.onRequest?.(request);
		},
	});
	onTestFinished(() => sandbox.close());
	return { url: sandbox.url, requests };
}

const FIELDS = ['files', 'tags', 'hosts', 'prefixes', 'origin_ips'] as const;

/** The items of a request's body. */
export function itemsOf(body: unknown): unknown[] {
	return FIELDS.flatMap((field) => ((body ?? {}) as Record<string, unknown[]>)[field] ?? []);
}

/** The items of all changes that were carried out, in order, repeated ones repeatedly. */
export function appliedOf(requests: readonly SeenRequest[]): unknown[] {
	return requests.filter(({ method, applied }) => method !== 'GET' && applied).flatMap(({ body }) => itemsOf(body));
}

/** What an answer says is left, by kind. */
export const remainingOf = ({ structured }: Answer) => (structured?.remaining ?? {}) as Record<string, number>;

/** The files of a state directory that end like this. */
export const filesIn = (state: string, ending = '') => readdirSync(state).filter((name) => name.endsWith(ending));

/** What the file of a handle says: its head, the items of each request, which were noted as done, and what is left. */
export function readJournal(state: string, resume: string) {
	const text = readFileSync(join(state, `${resume}.jsonl`), 'utf8');
	const [head, ...entries] = text
		.split('\n')
		.filter(Boolean)
		.map((line) => JSON.parse(line) as Record<string, unknown>);
	const requests = entries.flatMap((entry) => ('items' in entry ? [entry.items as unknown[]] : []));
	const done = new Set(entries.flatMap((entry) => ('done' in entry ? [entry.done as number] : [])));
	const left = requests.flatMap((items, index) => (done.has(index) ? [] : items));
	return { text, head, requests, done, left };
}

/** Thirty requests of tags on the Free plan, of which a call without progress manages only some; each tag stands once. */
export const ALL = tagsOf(3_000);

/** A call that the Free plan left unfinished, with everything to go on with it. */
export async function leaveUnfinished(
	tool = 'purge_cache',
	flags: readonly string[] = [],
): Promise<
	Session & {
		state: string;
		clock: ReturnType<typeof createVirtualClock>;
		url: string;
		first: Answer;
		resume: string;
		/** Another server on the same state directory and the same sandbox. */
		another(more?: { flags?: readonly string[]; state?: string }): Promise<Session>;
	}
> {
	const state = folder();
	const clock = createVirtualClock();
	const { url, requests } = await ownSandbox({ limits: 'strict', now: clock.now });
	const another = async (more: { flags?: readonly string[]; state?: string } = {}) => ({
		...(await connect({
			upstream: url,
			clock,
			flags: more.flags ?? [],
			env: { CF_CACHE_STATE_DIR: more.state ?? state },
		})),
		requests,
		changes: () => requests.filter(({ method }) => method !== 'GET'),
	});
	const session = await another({ flags });
	const first = await session.call(tool, { zone: FREE, tags: ALL });
	return { ...session, state, clock, url, first, resume: first.structured?.resume as string, another };
}

/** Calls with a progress token, so that the call goes on to its end. */
export async function callPatiently(
	client: Client,
	name: string,
	args: Record<string, unknown>,
	onprogress: (at: { progress: number; total?: number | undefined; message?: string | undefined }) => void = () =>
		undefined,
): Promise<Answer> {
	const result = await client.callTool({ name, arguments: args }, undefined, { onprogress, timeout: 300_000 });
	const [first] = result.content as { text: string }[];
	return {
		text: first?.text ?? '',
		structured: result.structuredContent as Answer['structured'],
		isError: result.isError === true,
	};
}
