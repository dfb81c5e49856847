/** The view of the tools' results: how it is listed, read and declared, and what it weighs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VIEW_FILE, VIEW_URI } from '../../src/mcp/view.js';
import { ROOT } from '../package/folder.js';
import { openSession, ROUTES } from '../support/session.js';

const UI = 'io.modelcontextprotocol/ui';
/** 60 KB, of which a kilobyte is 1,000 bytes. */
const MAX_BYTES = 60_000;

const built = () => readFileSync(join(ROOT, 'dist', VIEW_FILE), 'utf8');

describe.each(ROUTES)('a client that lists over %s', (over) => {
	test('tools finds the address of the view at the two tools whose results it shows, and at no other', async () => {
		const { client } = await openSession({ over });
		const { tools } = await client.listTools();
		const viewed = tools.filter(({ _meta }) => _meta !== undefined);
		expect(viewed.map(({ name, _meta }) => [name, _meta])).toEqual(
			['cache_overview', 'cache_analytics'].map((name) => [
				name,
				{ ui: { resourceUri: VIEW_URI }, 'ui/resourceUri': VIEW_URI },
			]),
		);
	});

	test('resources finds the view with the type of views', async () => {
		const { client } = await openSession({ over });
		const { resources } = await client.listResources();
		expect(resources.find(({ uri }) => uri === VIEW_URI)).toMatchObject({
			mimeType: 'text/html;profile=mcp-app',
			_meta: { ui: { csp: {} } },
		});
	});
});

describe.each(ROUTES)('a client that reads the view over %s', (over) => {
	test('gets the built file, byte for byte, without a request to the API', async () => {
		const { client, requests } = await openSession({ over });
		const { contents } = await client.readResource({ uri: VIEW_URI });
		expect(contents).toEqual([
			{
				uri: VIEW_URI,
				mimeType: 'text/html;profile=mcp-app',
				text: built(),
				_meta: { ui: { csp: {}, prefersBorder: true } },
			},
		]);
		expect(requests).toEqual([]);
	});
});

describe('the view', () => {
	test('has at most 60 KB', () => {
		expect(existsSync(join(ROOT, 'dist', VIEW_FILE))).toBe(true);
		expect(Buffer.byteLength(built())).toBeLessThanOrEqual(MAX_BYTES);
	});

	test('names no address of another host but the one of SVG, and no file beside itself', () => {
		const addresses = [...built().matchAll(/\b(?:https?|wss?):\/\/[^"'`\s)]+/g)].map(([address]) => address);
		expect([...new Set(addresses)]).toEqual(['http://www.w3.org/2000/svg']);
		expect(built()).not.toMatch(/<(?:link|img|iframe)\b|<script[^>]+src=|@import|url\(/);
	});

	test('reads nothing as HTML', () => {
		expect(built()).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
	});
});

describe('the extension of views', () => {
	test('is among the capabilities from 2026-07-28 on', async () => {
		const session = await openSession({ raw: true, greet: false });
		const _meta = {
			'io.modelcontextprotocol/protocolVersion': '2026-07-28',
			'io.modelcontextprotocol/clientCapabilities': {},
		};
		expect(await session.request('server/discover', { _meta })).toMatchObject({
			result: { capabilities: { extensions: { [UI]: {} } } },
		});
	});

	test('is not among those of initialize, where only clients name it', async () => {
		const { client } = await openSession();
		expect(client.getServerCapabilities()).toEqual({ tools: {}, resources: {}, prompts: {}, completions: {} });
	});
});
