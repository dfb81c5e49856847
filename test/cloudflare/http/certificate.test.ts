/** Tests certificates with the built command: which are trusted, and what is said about the others. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/files.js';
import { finish } from '../../support/process.js';
import { CERTIFICATE, startTlsUpstream } from '../../support/tls.js';

/** Runs a call against an API whose certificate is self-signed. */
async function callOverTls(env: Record<string, string> = {}, host = 'localhost') {
	const { port, requests } = await startTlsUpstream(host === 'localhost' ? '127.0.0.1' : host);
	const base = `https://${host}:${port}/client/v4`;
	const { code, stderr } = await finish(['call', 'zones_list', '--base-url', base, '--retries', '0'], {
		// Node itself warns of NODE_TLS_REJECT_UNAUTHORIZED on stderr.
		env: { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', NODE_NO_WARNINGS: '1', ...env },
	});
	return { code, stderr, requests, authority: `${host}:${port}` };
}

function writeCertificate(): string {
	const file = join(temporaryFolder(), 'ca.pem');
	writeFileSync(file, CERTIFICATE);
	return file;
}

describe('A self-signed certificate', () => {
	test.each([{}, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }])('is refused, and gets no request (%j)', async (env) => {
		const { code, stderr, requests, authority } = await callOverTls(env);
		expect(code).toBe(1);
		expect(stderr).toBe(
			`${authority} was reached, but its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT).\n` +
				'If your network inspects TLS, set NODE_EXTRA_CA_CERTS to the file of its root certificate. Also check the clock of this computer and CLOUDFLARE_BASE_URL.\n',
		);
		expect(requests).toEqual([]);
	});

	test('is trusted when NODE_EXTRA_CA_CERTS names it', async () => {
		const { code, requests } = await callOverTls({ NODE_EXTRA_CA_CERTS: writeCertificate() });
		expect(code).toBe(0);
		expect(requests).toHaveLength(1);
	});

	test('of another host is refused, even when NODE_EXTRA_CA_CERTS names it', async () => {
		const env = { NODE_EXTRA_CA_CERTS: writeCertificate(), NODE_TLS_REJECT_UNAUTHORIZED: '0' };
		const { stderr, requests } = await callOverTls(env, '127.0.0.2');
		expect(stderr).toContain('certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID).');
		expect(requests).toEqual([]);
	});
});
