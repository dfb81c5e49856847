/** The file of an unfinished call: what is printed parses to the same, and damaged text never passes for a journal. */
import { closeSync, openSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJournal, printDone, printHead, printRequest } from '../../../src/state/disk/journal-format.js';
import { JournalReader } from '../../../src/state/disk/journal-reader.js';
import type { JournalHead } from '../../../src/state/journal-head.js';
import { temporaryFile } from '../../support/files.js';

const HEAD: JournalHead = {
	version: 2,
	owner: { api: 'https://api.cloudflare.com/client/v4', credential: '0123456789ab' },
	tool: 'purge_cache',
	runs: [],
	zone: { id: 'id', name: 'example.com', plan: 'free', account: 'Example', accountId: 'account-id' },
	args: { environment_id: 'production' },
	started: '2030-01-01T00:00:00.000Z',
	expires: '2030-01-02T00:00:00.000Z',
};

/** Values as they are after a passage through JSON, which turns -0 into 0. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const zone = fc.record({
	id: fc.string(),
	name: fc.string(),
	plan: fc.string(),
	account: fc.string(),
	accountId: fc.string(),
});
const head = fc
	.record({ tool: fc.string(), zone, args: fc.dictionary(fc.string(), json) })
	.map((given): JournalHead => ({ ...HEAD, ...given }));
/** Requests, each with whether it was accepted. */
const work = fc.array(
	fc.tuple(fc.record({ kind: fc.string(), items: fc.array(json, { maxLength: 5 }) }), fc.boolean()),
	{ maxLength: 10 },
);

const printPlan = (given: JournalHead, requests: readonly Parameters<typeof printRequest>[0][]) =>
	printHead(given) + requests.map(printRequest).join('');

/** Parses a file that holds this text. */
async function parse(text: string) {
	const file = openSync(temporaryFile('journal', text), 'r');
	try {
		return await parseJournal(new JournalReader(file, 1_000_000).lines());
	} finally {
		closeSync(file);
	}
}

describe('parseJournal', () => {
	test('gives the head, the requests and the remaining indexes that were printed', () =>
		fc.assert(
			fc.asyncProperty(head, work, async (given, pairs) => {
				const requests = pairs.map(([request]) => request);
				const indexes = [...pairs.keys()];
				const reports = indexes.filter((index) => pairs[index]?.[1]).map(printDone);
				const remaining = indexes.filter((index) => !pairs[index]?.[1]);
				expect(await parse(printPlan(given, requests) + reports.join(''))).toEqual({
					head: given,
					requests,
					remaining,
				});
			}),
		));

	test('ignores exactly the report that was cut off, wherever a crash ends the text within the reports', () =>
		fc.assert(
			fc.asyncProperty(work, fc.nat(), async (pairs, random) => {
				const requests = pairs.map(([request]) => request);
				const reports = requests.map((_, index) => printDone(index)).join('');
				const written = reports.slice(0, random % (reports.length + 1));
				const whole = written.split('\n').length - 1;
				const { remaining } = await parse(printPlan(HEAD, requests) + written);
				expect(remaining).toEqual([...requests.keys()].slice(whole));
			}),
		));

	test('counts a request that is reported twice once', async () => {
		const requests = [
			{ kind: 'tags', items: ['a'] },
			{ kind: 'tags', items: ['b'] },
		];
		expect((await parse(printPlan(HEAD, requests) + printDone(0) + printDone(0))).remaining).toEqual([1]);
	});

	test.for<readonly [what: string, text: string]>([
		['an empty text', ''],
		['a head that was cut off', printHead(HEAD).slice(0, -1)],
		['a text that is not JSON', 'not JSON\n'],
		['a head of another version', `${JSON.stringify({ ...HEAD, version: 1 })}\n`],
		['a head without a tool', `${JSON.stringify({ ...HEAD, tool: undefined })}\n`],
		['a head whose zone has no name', `${JSON.stringify({ ...HEAD, zone: { ...HEAD.zone, name: undefined } })}\n`],
		['a head whose arguments are a list', `${JSON.stringify({ ...HEAD, args: [] })}\n`],
		['a head without the time of its start', `${JSON.stringify({ ...HEAD, started: undefined })}\n`],
		['a head that expires at no time', `${JSON.stringify({ ...HEAD, expires: 'soon' })}\n`],
		['a line that is not JSON', `${printHead(HEAD)}{"done":\n${printDone(0)}`],
		['a line that is neither a request nor a report', `${printHead(HEAD)}{"kind":"tags"}\n`],
		['a line that is null', `${printHead(HEAD)}null\n`],
	])('throws on %s', async ([, text]) => {
		await expect(parse(text)).rejects.toThrow();
	});
});
