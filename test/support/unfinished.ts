/** Sets up unfinished calls: a state directory, a sandbox of its own, and lists of items. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Clock } from '../../src/base/clock.js';
import { KEEP_HOURS, type UnfinishedCall, type WorkRule } from '../../src/call/unfinished.js';
import type { SeenRequest } from '../../src/sandbox/server.js';
import { Journal } from '../../src/state/disk/journal.js';
import { createVirtualClock } from './clock.js';
import { temporaryFolder } from './files.js';
import { couldChange, openSandbox } from './sandbox.js';
import { type Answer, openSession, type Session } from './session.js';

/** How long unfinished calls are kept. */
export const DAY_MS = 24 * 60 * 60_000;

/** One zone of the sandbox for each zone plan. */
export const FREE = 'example.org';
export const PRO = 'example.net';
export const BUSINESS = 'example.biz';

export const tagsOf = (amount: number) => Array.from({ length: amount }, (_, at) => `tag-${at}`);
export const urlsOf = (amount: number, host: string) =>
	Array.from({ length: amount }, (_, at) => `https://${host}/${at}`);

/** A rule that admits whatever is stored, and finds nothing wrong with it. */
export const ADMIT_ALL: WorkRule = {
	owner: async () => ({ api: 'test', credential: 'test' }),
	admits: async () => true,
	check: async (work) => work,
};

/** Opens the journal of a state directory; `lines` collects what it logs. */
export function openJournal(folder: string, clock: Clock, lines: string[] = []): Journal {
	return new Journal({
		folder,
		keepHours: KEEP_HOURS,
		rule: ADMIT_ALL,
		clock,
		log: (level, text) => lines.push(`${level}: ${text}`),
	});
}

/** Reads the resource that lists unfinished calls. */
export async function readUnfinished(client: Client): Promise<UnfinishedCall[]> {
	const { contents } = await client.readResource({ uri: 'cf-cache://purges/unfinished' });
	return JSON.parse((contents[0] as { text: string }).text) as UnfinishedCall[];
}

const FIELDS = ['files', 'tags', 'hosts', 'prefixes', 'origin_ips'] as const;

/** The items in the body of a request. */
export function itemsOf(body: unknown): unknown[] {
	return FIELDS.flatMap((field) => ((body ?? {}) as Record<string, unknown[]>)[field] ?? []);
}

/** The items of all changes that the sandbox carried out, in order; an item that was sent twice is there twice. */
export function appliedOf(requests: readonly SeenRequest[]): unknown[] {
	return requests.filter(({ method, applied }) => method !== 'GET' && applied).flatMap(({ body }) => itemsOf(body));
}

/** The remaining items that an answer reports, by kind. */
export const remainingOf = ({ structured }: Answer) => (structured?.remaining ?? {}) as Record<string, number>;

/** The names of the files in a folder that have this ending. */
export const filesIn = (folder: string, ending = '') => readdirSync(folder).filter((name) => name.endsWith(ending));

/** Reads the file of a handle: its head, the items of each request, the indexes reported as done, the remaining items. */
export function readJournal(state: string, resume: string) {
	const text = readFileSync(join(state, `${resume}.jsonl`), 'utf8');
	const [head, ...entries] = text
		.split('\n')
		.filter(Boolean)
		.map((line) => JSON.parse(line) as Record<string, unknown>);
	const requests = entries.flatMap((entry) => ('items' in entry ? [entry.items as unknown[]] : []));
	const done = new Set(entries.flatMap((entry) => ('done' in entry ? [entry.done as number] : [])));
	const remaining = requests.flatMap((items, index) => (done.has(index) ? [] : items));
	return { text, head, requests, done, remaining };
}

/** 30 requests of tags in a Free zone. A call without progress sends only some of them. Each tag is there once. */
export const ALL_TAGS = tagsOf(3_600);

/** Another server that is started on the same sandbox, and on the same state directory unless another one is given. */
type StartAnother = (more?: { flags?: readonly string[]; state?: string }) => Promise<Session>;

/** Calls a tool with {@link ALL_TAGS} and a virtual clock, so that the call is left unfinished under the handle `resume`. */
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
		another: StartAnother;
	}
> {
	const state = temporaryFolder();
	const clock = createVirtualClock();
	const { url, requests } = await openSandbox({ limits: 'strict', now: clock.now });
	const another: StartAnother = async (more = {}) => ({
		...(await openSession({
			upstream: url,
			clock,
			flags: more.flags ?? [],
			env: { CF_CACHE_STATE_DIR: more.state ?? state },
		})),
		requests,
		changes: () => requests.filter(couldChange),
	});
	const session = await another({ flags });
	const first = await session.call(tool, { zone: FREE, tags: ALL_TAGS });
	return { ...session, state, clock, url, first, resume: first.structured?.resume as string, another };
}

/** Calls a tool with a progress token: such a call has no time limit and sends all its requests. */
export async function callWithProgress(
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
