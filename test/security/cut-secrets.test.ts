/** Texts of a caller that hold a secret are shown without it, also where a cut falls into the secret. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { openSession, ZONE } from '../support/session.js';

const TOKEN = 'cfut_A1b2-C3d4_E5f6-G7h8-I9j0_K1l2-M3n4o5';
/** No beginning of a secret of this length is shown. */
/** In any case: names of hosts are shown in lower case. */
const BEGINNING = new RegExp(TOKEN.slice(0, 6), 'i');

/** Calls that quote a text of their caller, most of them in a refusal. */
const QUOTING: readonly (readonly [tool: string, args: (text: string) => Record<string, unknown>])[] = [
	['cache_reserve_get', (zone) => ({ zone })],
	['cache_reserve_get', (text) => ({ zone: `https://${text}/` })],
	['cache_reserve_edit', (value) => ({ zone: ZONE, value })],
	['purge_cache', (text) => ({ zone: ZONE, urls: [text] })],
	['purge_cache', (text) => ({ zone: ZONE, urls: [`https://${ZONE}/${text}`, 'x'] })],
	['purge_cache', (text) => ({ zone: ZONE, files: [{ url: `https://${ZONE}/`, headers: { [text]: 'a' } }] })],
	['purge_cache', (text) => ({ zone: ZONE, tags: text })],
	['purge_cache', (text) => ({ zone: ZONE, tags: [`${text},`] })],
	['purge_cache', (text) => ({ zone: ZONE, tags: { [text]: [text] } })],
	['purge_cache', (text) => ({ zone: ZONE, prefixes: [`https://${text}`] })],
	['purge_cache', (urls_file) => ({ zone: ZONE, urls_file })],
	['purge_cache', (text) => ({ zone: ZONE, [text]: 1 })],
	['purge_environment', (environment_id) => ({ zone: ZONE, environment_id, tags: ['a'] })],
	['purge_everything', (confirm) => ({ zone: ZONE, confirm })],
	['purge_resume', (resume) => ({ resume })],
	['origin_cloud_regions_get', (origin_ip) => ({ zone: ZONE, origin_ip })],
	['variants_edit', (text) => ({ zone: ZONE, mode: 'merge', value: { [text]: [text] } })],
	['zones_list', (name) => ({ name })],
];

test('no beginning of a secret that an argument holds is in an answer or the audit log, wherever a cut is', async () => {
	const auditLog = join(temporaryFolder(), 'audit.jsonl');
	const { call, request } = await openSession({
		raw: true,
		flags: ['--audit-log', auditLog, '--audit-values', '--files-root', temporaryFolder()],
		env: { CLOUDFLARE_API_TOKEN: TOKEN },
	});
	let cuts = 0;
	for (const [tool, args] of QUOTING)
		for (let before = 0; before <= 320; before += 5) {
			const text = `${'x'.repeat(before)}${TOKEN}${' y'.repeat(100)}`;
			const answer = await call(tool, args(text));
			expect(answer.text + JSON.stringify(answer.structured ?? {}), `${tool} ${before}`).not.toMatch(BEGINNING);
			if (answer.text.includes('…')) cuts++;
		}
	expect(cuts).toBeGreaterThan(500);
	for (let before = 0; before <= 320; before += 5) {
		const name = `${'x'.repeat(before)}${TOKEN}${'y'.repeat(200)}`;
		expect((await call(name)).text).not.toMatch(BEGINNING);
		expect(JSON.stringify((await request('resources/read', { uri: name })).error)).not.toMatch(BEGINNING);
	}
	expect(readFileSync(auditLog, 'utf8')).not.toMatch(BEGINNING);
});

test('no secret that an argument holds is in the consequence that a dry run or a form shows', async () => {
	const messages: string[] = [];
	const { call, forms } = await openSession({
		env: { CLOUDFLARE_API_TOKEN: TOKEN },
		user: () => ({ action: 'decline' }),
	});
	const args = { zone: ZONE, hosts: [`${TOKEN}.${ZONE}`] };
	const { text, structured } = await call('purge_cache', { ...args, dry_run: true });
	messages.push(text, JSON.stringify(structured), (await call('purge_cache', args)).text, JSON.stringify(forms));
	expect(text).toContain(`[secret].${ZONE}`);
	expect(forms).toHaveLength(1);
	expect(messages.join('\n')).not.toMatch(BEGINNING);
});

test('no beginning of a secret is shown in a plan or an audit line that is cut within a long argument', async () => {
	const auditLog = join(temporaryFolder(), 'audit.jsonl');
	const { call } = await openSession({
		raw: true,
		flags: ['--audit-log', auditLog, '--audit-values'],
		env: { CLOUDFLARE_API_TOKEN: TOKEN },
	});
	for (let before = 950; before <= 1_000; before++) {
		const url = `https://${ZONE}/`.padEnd(before, 'x') + TOKEN + 'y'.repeat(200);
		const { text, structured } = await call('purge_cache', { zone: ZONE, urls: [url], dry_run: true });
		expect(text + JSON.stringify(structured)).not.toMatch(BEGINNING);
	}
	const log = readFileSync(auditLog, 'utf8');
	expect(log).toContain('[secret]…');
	expect(log).not.toMatch(BEGINNING);
});
