/** Tests answers with a content coding over a real connection: what is decoded, and how much of it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ZONE_FACTS } from '../../support/api.js';
import { openSession, ZONE_ID } from '../../support/session.js';

const LIMIT_BYTES = 8 * 1024 * 1024;
const PURGE = ['purge_cache', { zone: ZONE_ID, tags: ['a'] }] as const;
const LIST = ['origin_cloud_regions_list', { zone: ZONE_ID }] as const;

const envelope = (result: unknown) => Buffer.from(JSON.stringify({ success: true, errors: [], messages: [], result }));
const ACCEPTED = envelope({ id: ZONE_ID });

/** A session with an API that answers all but look-ups with these bytes in this coding. */
async function startCoded(coding: string, bytes: Buffer) {
	let sent = 0;
	const server = createServer((request, response) => {
		request.resume();
		const isLookup = request.url?.endsWith(`/zones/${ZONE_ID}`);
		if (!isLookup) sent++;
		response.writeHead(200, { 'content-type': 'application/json', ...(!isLookup && { 'content-encoding': coding }) });
		response.end(isLookup ? envelope(ZONE_FACTS) : bytes);
	});
	await once(server.listen(0, '127.0.0.1'), 'listening');
	onTestFinished(() => void server.close());
	const { port } = server.address() as AddressInfo;
	const session = await openSession({ upstream: `http://127.0.0.1:${port}/client/v4`, flags: ['--retries', '0'] });
	return { ...session, sent: () => sent };
}

describe('An answer in the coding', () => {
	test.each<[string, Buffer]>([
		['gzip', gzipSync(ACCEPTED)],
		['x-gzip', gzipSync(ACCEPTED)],
		['GZIP', gzipSync(ACCEPTED)],
		['br', brotliCompressSync(ACCEPTED)],
		['deflate', deflateSync(ACCEPTED)],
		['deflate', deflateRawSync(ACCEPTED)],
		['gzip, br', brotliCompressSync(gzipSync(ACCEPTED))],
		['identity', ACCEPTED],
		['', ACCEPTED],
	])('"%s" is read, and a purge is sent once', async (coding, bytes) => {
		const { call, sent } = await startCoded(coding, bytes);
		expect(await call(...PURGE)).toMatchObject({ isError: false });
		expect(sent()).toBe(1);
	});

	test.each<[string, Buffer]>([
		['of an unknown kind', Buffer.from([1, 2, 3])],
		['that does not fit its body', ACCEPTED],
		['four times over', gzipSync(gzipSync(gzipSync(gzipSync(ACCEPTED))))],
	])('%s is no answer of the API, and leaves open whether a change was applied', async (what, bytes) => {
		const coding = what === 'of an unknown kind' ? 'zstd' : what === 'four times over' ? 'gzip,gzip,gzip,gzip' : 'gzip';
		const { call } = await startCoded(coding, bytes);
		const { text } = await call(...PURGE);
		expect(text.split('\n').slice(0, 2)).toEqual([
			'The response is not a Cloudflare API response.',
			'It is unknown whether the change was applied.',
		]);
	});

	test('that breaks off is said to be cut off', async () => {
		const whole = gzipSync(envelope({ id: ZONE_ID, more: Array.from({ length: 9_000 }, (_, index) => index) }));
		const { call } = await startCoded('gzip', whole.subarray(0, whole.length / 2));
		expect((await call(...PURGE)).text).toContain('The response was cut off.');
	});

	test.each<[string, (bytes: Buffer) => Buffer]>([
		['gzip', gzipSync],
		['br', brotliCompressSync],
		['deflate', deflateSync],
		['gzip, gzip', (bytes) => gzipSync(gzipSync(bytes))],
	])('"%s" that grows past the limit of a body is cut off', async (coding, compress) => {
		const bomb = compress(envelope([{ more: 'x'.repeat(LIMIT_BYTES * 4) }]));
		expect(bomb.length).toBeLessThan(LIMIT_BYTES / 100);
		const { call } = await startCoded(coding, bomb);
		expect((await call(...LIST)).text).toContain('The response was cut off.');
	});
});
