/** Tests what a purge can select: each item is sent as visitors request it, or refused with its place and a reason. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSession, type Session, ZONE } from '../support/session.js';

let session: Session;
beforeAll(async () => {
	session = await openSession({ until: afterAll });
});

/** The answer to a purge of one item, and what was sent for it. */
async function purge(kind: string, item: unknown) {
	const sentBefore = session.requests.length;
	const { text, isError } = await session.call('purge_cache', { zone: ZONE, [kind]: [item] });
	return { text, isError, bodies: session.requests.slice(sentBefore).flatMap(({ body }) => body ?? []) };
}

type Row = readonly [kind: string, item: string, says: string];

/** The item stands in no answer as it is: what cannot be seen is named. */
const expectRefused = async ([kind, item, says]: Row) => {
	const { text, isError, bodies } = await purge(kind, item);
	expect(isError, text).toBe(true);
	expect(text).toContain(`${kind}[0] ${says}`);
	expect(text).toContain('Nothing was changed.');
	expect(bodies).toEqual([]);
};

const A = 'https://example.com/a';

describe('purge_cache refuses, and sends nothing for, an item that is a list in one text:', () => {
	test.for<Row>([
		['urls', `${A},https://example.com/b`, 'contains two URLs'],
		['urls', `${A}, https://example.com/b`, 'contains two URLs'],
		['urls', `${A};HTTP://example.com/b`, 'contains two URLs'],
		['urls', `${A} https://example.com/b`, 'contains two URLs'],
		['urls', `${A}\thttps://example.com/b`, 'contains two URLs'],
		['urls', `${A}\rhttps://example.com/b`, 'contains two URLs'],
		['urls', `${A}\u00a0https://example.com/b`, 'contains two URLs'],
		['urls', `${A},`, 'ends with ","'],
		['urls', `${A};`, 'ends with ";"'],
		['hosts', 'example.com,www.example.com', 'contains two host names'],
		['hosts', 'example.com www.example.com', 'contains two host names'],
		['hosts', 'example.com;\twww.example.com', 'contains two host names'],
		['prefixes', 'example.com/a,example.com/b', 'contains two prefixes'],
		['prefixes', 'example.com/a, WWW.Example.com/b', 'contains two prefixes'],
		['prefixes', 'www.example.com/a;example.com', 'contains two prefixes'],
		['prefixes', 'example.com/a,https://example.com/b', 'contains two prefixes'],
		['prefixes', 'example.com/a,', 'ends with ","'],
		['tags', 'a,b', 'contains a comma'],
	])('%s %j', expectRefused);

	test('a file named by its URL', async () => {
		const { text, bodies } = await purge('files', `${A},https://example.com/b`);
		expect(text).toMatch(/^files\[0\]\.url contains two URLs/);
		expect(bodies).toEqual([]);
	});
});

describe('purge_cache refuses, and sends nothing for, an item with a character that browsers do not send:', () => {
	test.for<Row>([
		['urls', 'https://example.com/pri\u200bces.html', 'contains U+200B: remove it, or percent-encode it (%E2%80%8B)'],
		['urls', 'https://example.com/prices.html\u200b', 'contains U+200B'],
		['urls', 'https://example.com/\u2060a', 'contains U+2060'],
		['urls', 'https://example.com/soft\u00adhyphen', 'contains U+00AD'],
		['urls', 'https://example.com/\u202eb', 'contains U+202E'],
		['urls', 'https://example.com/\u{e0041}', 'contains U+E0041'],
		['urls', 'https://example.com/a\u00a0b', 'contains U+00A0'],
		['urls', 'https://example.com/a\nb', 'contains U+000A'],
		['urls', 'https://example.com/a\0b', 'contains U+0000'],
		['urls', 'https://example.com/caf\ufffd', 'contains U+FFFD, the sign of text that was not UTF-8'],
		['urls', 'https://example.com/\ud800', 'contains U+D800: remove it, or percent-encode it if'],
		['urls', 'https://example.com/"docs/caf\\303\\251.html"', 'contains U+0022 (double quote)'],
		['urls', 'https://example.com/a.html">', 'contains U+0022 (double quote)'],
		['urls', 'https://example.com/<a>', 'contains U+003C (<)'],
		['urls', 'https://example.com/a?b=>', 'contains U+003E (>)'],
		['urls', 'https://example.com\\a\\b.html', 'contains U+005C (\\)'],
		['urls', 'https://example.com/a\\b.html', 'contains U+005C (\\)'],
		['prefixes', 'example.com/bl\u200bog', 'contains U+200B'],
		['prefixes', 'example.com/a"', 'contains U+0022 (double quote)'],
		['prefixes', 'example.com/caf\ufffd', 'contains U+FFFD'],
		['tags', 'a\u200b', 'must be printable ASCII'],
	])('%s %j', expectRefused);
});

describe('purge_cache refuses, and sends nothing for, a URL that', () => {
	test.for<Row>([
		['urls', 'https://example.com:65536/', 'has a port above 65535'],
		['urls', 'https://example.com:999999/', 'has a port above 65535'],
		['urls', 'https://example.com:8a/', 'has no valid host name'],
		['urls', 'https://example.com/images/*', 'contains "*"'],
		['urls', 'https://example.com/images/*?size=1', 'contains "*"'],
		['urls', 'https://*.example.com/', 'contains "*"'],
	])('%s %j', expectRefused);
});

describe('purge_cache sends an item as it was given:', () => {
	test.for<readonly [kind: string, field: string, item: string]>([
		['urls', 'files', 'https://example.com/img/w=300,h=200/x.png'],
		['urls', 'files', 'https://example.com/cdn-cgi/image/width=80/https://example.com/a.jpg'],
		['urls', 'files', 'https://example.com/a;v=1/b'],
		['urls', 'files', "https://example.com/{a}|b^c`d'e"],
		['urls', 'files', 'https://example.com/search?q=a*b*'],
		['urls', 'files', 'https://example.com/a*b'],
		['urls', 'files', 'https://example.com/café/日本'],
		['urls', 'files', 'https://example.com:65535/'],
		['prefixes', 'prefixes', 'example.com/img/w=300,h.200/x'],
		['prefixes', 'prefixes', 'example.com/café'],
		['tags', 'tags', 'a;b'],
	])('%s %j', async ([kind, field, item]) => {
		const { text, bodies } = await purge(kind, item);
		expect(bodies, text).toEqual([{ [field]: [item] }]);
	});
});

describe('a plain URL in files', () => {
	test('is purged as a URL, and counted as one', async () => {
		const { text, bodies } = await purge('files', A);
		expect(text).toMatch(/^Cloudflare accepted the purge of 1 URL of example\.com/);
		expect(bodies).toEqual([{ files: [A] }]);
	});

	test('goes with the URLs, and files with headers go by themselves', async () => {
		const sentBefore = session.requests.length;
		const withHeaders = { url: A, headers: { 'X-Key': '1' } };
		const args = {
			zone: ZONE,
			urls: [`${A}1`],
			files: [`${A}2`, withHeaders, { url: `${A}1` }, { url: `${A}3`, headers: {} }],
		};
		const { text } = await session.call('purge_cache', args);
		expect(text).toContain('3 URLs and 1 URL with headers');
		expect(session.requests.slice(sentBefore).flatMap(({ body }) => body ?? [])).toEqual([
			{ files: [`${A}1`, `${A}2`, `${A}3`] },
			{ files: [withHeaders] },
		]);
	});

	test('of a long list is understood as in a short one', async () => {
		const files = Array.from({ length: 2_001 }, (_, at) => `${A}${at}`);
		const { structured } = await session.call('purge_cache', { zone: ZONE, files, dry_run: true });
		expect(structured?.plan).toMatchObject({ items: { urls: 2_001 } });
	});
});

describe('a header of the cache key', () => {
	const purgeWith = (headers: Record<string, string>) => purge('files', { url: A, headers });

	test.for<readonly [name: string, value: string, rule: string]>([
		['CF-Device-Type', 'phone', 'must be mobile, desktop or tablet'],
		['cf-device-type', '', 'must be mobile, desktop or tablet'],
		['CF-IPCountry', 'USA', 'must be a country code of two letters'],
		['CF-IPCountry', 'U1', 'must be a country code of two letters'],
		['Origin', 'app.example.com', 'must be scheme://host'],
		['Origin', 'https://app.example.com/', 'must be scheme://host'],
		['Origin', 'https://app.example.com/a', 'must be scheme://host'],
		['Origin', 'https://app.example.com:99999', 'must be scheme://host'],
		['Origin', 'https://me@app.example.com', 'must be scheme://host'],
		['Origin', 'null', 'must be scheme://host'],
		['Accept-Language', ' ', 'must not be empty'],
		['X-Key', 'a\u200bb', 'must not contain control characters, or characters beyond Latin-1'],
		['X Key', 'a', 'is not a header name'],
	])('%s of %j is refused, and nothing is sent', async ([name, value, rule]) => {
		const { text, isError, bodies } = await purgeWith({ [name]: value });
		expect(isError, text).toBe(true);
		expect(text.split('\n')[0]).toContain(rule);
		expect(text).toMatch(/^files\[0\]\.headers\./);
		expect(bodies).toEqual([]);
	});

	test.for<readonly [name: string, value: string, sent: string]>([
		['CF-Device-Type', 'Mobile', 'mobile'],
		['cf-ipcountry', 'us', 'US'],
		['CF-IPCountry', 'T1', 'T1'],
		['Origin', 'HTTPS://App.Example.com:443', 'https://app.example.com'],
		['origin', 'http://localhost:3000', 'http://localhost:3000'],
		['Accept-Language', 'de-CH,de;q=0.9', 'de-CH,de;q=0.9'],
		['X-Key', '', ''],
	])('%s of %j is sent as %j', async ([name, value, sent]) => {
		const { text, bodies } = await purgeWith({ [name]: value });
		expect(bodies, text).toEqual([{ files: [{ url: A, headers: { [name]: sent } }] }]);
	});

	test('that is named twice is refused', async () => {
		const { text, bodies } = await purgeWith({ Origin: 'https://a.example', origin: 'https://b.example' });
		expect(text).toMatch(/^files\[0\]\.headers names origin twice: give one value/);
		expect(bodies).toEqual([]);
	});

	test('named __proto__ is refused, never dropped', async () => {
		const { text, bodies } = await purge('files', JSON.parse(`{"url":"${A}","headers":{"__proto__":"a","X-Key":"b"}}`));
		expect(text).toMatch(/^files\[0\]\.headers must not have the name "__proto__"/);
		expect(bodies).toEqual([]);
	});
});
