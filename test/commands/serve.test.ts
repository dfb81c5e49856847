/** Tests what the server says at its start. */
import { describe, expect, test } from 'vitest';
import { finish } from '../support/process.js';

describe('the start', () => {
	test.each([
		[['--base-url', 'https://proxy.example/v4'], {}],
		[[], { CLOUDFLARE_BASE_URL: 'https://proxy.example/v4' }],
	])('names the host of an API that is not Cloudflare with %j and %j', async (flags, env) => {
		const { code, stderr } = await finish(flags, { env: env as Record<string, string> });
		expect([code, stderr]).toEqual([
			0,
			'cloudflare-cache-mcp: warn: requests carry the token to proxy.example, not to api.cloudflare.com (--base-url)\n',
		]);
	});

	test.each([[[]], [['--sandbox', '--base-url', 'https://proxy.example/v4']]])(
		'says nothing where requests go to Cloudflare or to the sandbox: %j',
		async (flags) => {
			expect(await finish(flags)).toMatchObject({ code: 0, stderr: '' });
		},
	);
});
