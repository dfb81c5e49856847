/** Tests what the log tells of each fetch of a URL. */
import { expect, test } from 'vitest';
import type { LogFacts } from '../../../src/base/log.js';
import type { EdgeFetch } from '../../../src/cloudflare/edge/edge-fetch.js';
import { withFetchLog } from '../../../src/cloudflare/edge/fetch-log.js';
import { TimeoutError } from '../../../src/errors.js';
import { createManualClock } from '../../support/clock.js';

const URL_WITH_QUERY = 'https://www.example.com/a%20b?token=for-the-site';

/** Fetches once, and returns the facts of the line. */
async function factsOf(fetchUrl: EdgeFetch): Promise<LogFacts[]> {
	const lines: LogFacts[] = [];
	const log = withFetchLog(
		fetchUrl,
		(level, _, facts = {}) => void lines.push({ level, ...facts }),
		createManualClock(),
	);
	await log({ url: URL_WITH_QUERY, headers: {}, callId: 'the-call' }).catch(() => undefined);
	return lines;
}

test('a fetch is one line at debug with host, path, status and ray, and without the query', async () => {
	const headers = { 'cf-ray': '8f0c1a2b3c4d5e6f-AMS' };
	expect(await factsOf(async () => ({ status: 200, headers, setsCookie: false }))).toEqual([
		{
			level: 'debug',
			method: 'GET',
			host: 'www.example.com',
			path: '/a%20b',
			ms: 0,
			call: 'the-call',
			status: 200,
			cf_ray: '8f0c1a2b3c4d5e6f-AMS',
		},
	]);
});

test('a fetch without an answer is a line with its failure, which is thrown as it was', async () => {
	const failure = new TimeoutError('Late.', { advice: '' });
	const failing: EdgeFetch = () => Promise.reject(failure);
	expect(await factsOf(failing)).toMatchObject([{ status: null, error: 'Late.' }]);
	const logged = withFetchLog(failing, () => undefined, createManualClock());
	await expect(logged({ url: URL_WITH_QUERY, headers: {} })).rejects.toBe(failure);
});
