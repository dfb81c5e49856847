/** A resource that is not there: what the error says in each revision. */
import { describe, expect, test } from 'vitest';
import { openSession } from '../support/session.js';

const META = {
	_meta: {
		'io.modelcontextprotocol/protocolVersion': '2026-07-28',
		'io.modelcontextprotocol/clientCapabilities': {},
	},
};

describe('the error for a resource that is not there', () => {
	test('names the URI in its data for clients of MCP 2026-07-28', async () => {
		const { request } = await openSession({ raw: true });
		const { error } = await request('resources/read', { uri: 'file:///etc/passwd', ...META });
		expect(error).toEqual({
			code: -32602,
			message: 'There is no resource "file:///etc/passwd".',
			data: { uri: 'file:///etc/passwd' },
		});
	});

	test('has no data for clients of earlier revisions', async () => {
		const { request } = await openSession({ raw: true });
		const { error } = await request('resources/read', { uri: 'file:///etc/passwd' });
		expect(error).toEqual({ code: -32602, message: 'There is no resource "file:///etc/passwd".' });
	});

	test('has no data where the URI is longer than 2,048 characters', async () => {
		const { request } = await openSession({ raw: true });
		const [short, long] = [`file:///${'a'.repeat(2_040)}`, `file:///${'a'.repeat(2_041)}`];
		expect((await request('resources/read', { uri: short, ...META })).error).toHaveProperty('data', { uri: short });
		expect((await request('resources/read', { uri: long, ...META })).error).not.toHaveProperty('data');
	});

	test('shows no token that the URI holds', async () => {
		const { request } = await openSession({ raw: true, env: { CLOUDFLARE_API_TOKEN: 'secret-token-0123456789' } });
		const { error } = await request('resources/read', { uri: 'file:///secret-token-0123456789', ...META });
		expect(error).toHaveProperty('data');
		expect(JSON.stringify(error)).not.toContain('secret-token-0123456789');
	});
});
