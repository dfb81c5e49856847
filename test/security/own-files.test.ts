/** Files that another user of the machine could have written stop the start; nothing is read from them or sent. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { finish } from '../support/process.js';

const CALL = ['call', 'zones_list', '--sandbox'];

/** A file of the test in each state that is refused, and the reason that is given. */
const REFUSED: readonly (readonly [state: string, make: (path: string) => void, reason: string])[] = [
	[
		'that others can write',
		(path) => {
			writeFileSync(path, 'x');
			chmodSync(path, 0o666);
		},
		'can be written by other users',
	],
	['that is a pipe', (path) => void spawnSync('mkfifo', [path]), 'is not a regular file'],
	['that is a folder', (path) => mkdirSync(path), 'is not a regular file'],
];

describe.skipIf(process.platform === 'win32')('the start', () => {
	test.for([
		...REFUSED.filter(([state]) => state !== 'that is a folder'),
		['that is a symbolic link', (path: string) => symlinkSync('/dev/null', path), 'is a symbolic link'] as const,
	])('is refused with an audit log %s', async ([, make, reason]) => {
		const path = join(temporaryFolder(), 'audit.jsonl');
		make(path);
		const { code, stdout, stderr } = await finish([...CALL, '--audit-log', path]);
		expect([code, stdout]).toEqual([2, '']);
		expect(stderr).toContain(`--audit-log: "${path}" ${reason}`);
	});

	test.for(REFUSED)('is refused with a token file %s', async ([, make, reason]) => {
		const path = join(temporaryFolder(), 'token');
		make(path);
		const { code, stderr } = await finish(['call', 'zones_list'], { env: { CLOUDFLARE_API_TOKEN_FILE: path } });
		expect(code).toBe(2);
		expect(stderr).toContain(`CLOUDFLARE_API_TOKEN_FILE: the file ${reason}`);
	});

	test.runIf('enableCompileCache' in module)('leaves a compile cache alone that others can write', async () => {
		const folder = temporaryFolder();
		mkdirSync(join(folder, 'cloudflare-cache-mcp'));
		chmodSync(join(folder, 'cloudflare-cache-mcp'), 0o777);
		expect((await finish(CALL, { env: { XDG_CACHE_HOME: folder } })).code).toBe(0);
		expect(readdirSync(join(folder, 'cloudflare-cache-mcp'))).toEqual([]);
	});
});
