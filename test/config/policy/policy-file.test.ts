/** The policy file belongs to the operator alone, and a change of it is in force within seconds. */
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PolicyFile } from '../../../src/config/policy/policy-file.js';
import { ConfigError } from '../../../src/errors.js';
import { createManualClock } from '../../support/clock.js';
import { temporaryFolder } from '../../support/files.js';

const HASH = 'ab'.repeat(32);
const policyOf = (name: string, more: object = {}) =>
	JSON.stringify({ principals: [{ name, sha256: [HASH], ...more }] });

/** A policy file at `path`, with a clock that ends the five seconds between two looks at it. */
function open(path: string) {
	const clock = createManualClock();
	const logged: string[] = [];
	const file = new PolicyFile({
		path,
		mode: 'tokens',
		tools: ['zones_list'],
		readVariable: () => undefined,
		clock,
		log: (level, message) => logged.push(`${level}: ${message}`),
	});
	onTestFinished(() => file.close());
	let seconds = 0;
	return {
		file,
		logged,
		names: () => file.current.principals.map(({ name }) => name),
		/** Lets `more` seconds pass. */
		async wait(more: number) {
			seconds += more;
			await clock.run(seconds * 1_000);
		},
	};
}

function policyPath(text: string, mode = 0o600): string {
	const path = join(temporaryFolder(), 'policy.json');
	writeFileSync(path, text);
	chmodSync(path, mode);
	return path;
}

describe('a change of the policy file', () => {
	test('takes a right away within 5 seconds, and is logged once', async () => {
		const path = policyPath(policyOf('ci', { confirm: 'ask' }));
		const { file, wait, logged } = open(path);
		writeFileSync(path, policyOf('ci', { read_only: true }));
		await wait(5);
		expect(file.current.principals[0]?.policy).toMatchObject({ confirm: 'block', scope: { readOnly: true } });
		await wait(20);
		expect(logged).toEqual(['info: The policy file has changed, and is in force.']);
	});

	test('is in force before 5 seconds have passed in no case', async () => {
		const path = policyPath(policyOf('ci'));
		const { names, wait } = open(path);
		writeFileSync(path, policyOf('web'));
		await wait(4.9);
		expect(names()).toEqual(['ci']);
	});

	test('is found where a mounted Secret swaps the folder behind its link', async () => {
		const mount = temporaryFolder();
		for (const [folder, name] of [
			['..1', 'ci'],
			['..2', 'web'],
		] as const) {
			mkdirSync(join(mount, folder));
			writeFileSync(join(mount, folder, 'policy.json'), policyOf(name), { mode: 0o644 });
		}
		symlinkSync('..1', join(mount, '..data'));
		symlinkSync('..data/policy.json', join(mount, 'policy.json'));
		const { names, wait } = open(join(mount, 'policy.json'));
		expect(names()).toEqual(['ci']);
		symlinkSync('..2', join(mount, '..data_tmp'));
		renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
		await wait(5);
		expect(names()).toEqual(['web']);
	});

	test('of the file with a principal’s own token is found too', async () => {
		const token = policyPath('first-token');
		const { file, wait } = open(policyPath(policyOf('ci', { token_file: token })));
		writeFileSync(token, 'second-token');
		await wait(5);
		expect(file.current.principals[0]?.credential).toEqual({ kind: 'token', token: 'second-token' });
	});

	test('that leaves the content as it is changes nothing, so that principals stay the same objects', async () => {
		const path = policyPath(policyOf('ci'));
		const { file, wait, logged } = open(path);
		const before = file.current;
		writeFileSync(path, policyOf('ci'));
		await wait(5);
		expect(file.current).toBe(before);
		expect(logged).toEqual([]);
	});

	test('is not looked for after close', async () => {
		const path = policyPath(policyOf('ci'));
		const { file, names, wait } = open(path);
		file.close();
		writeFileSync(path, policyOf('web'));
		await wait(60);
		expect(names()).toEqual(['ci']);
	});
});

describe('a policy file that can no longer be used', () => {
	test.each<[string, (path: string) => void, string]>([
		['is broken', (path) => writeFileSync(path, ''), ': the file is not valid JSON. '],
		[
			'has an unknown field',
			(path) => writeFileSync(path, '{"principals": [{"colour": 1}]}'),
			': principals[0] has the unknown field "colour". ',
		],
		['is gone', (path) => rmSync(path), ' cannot be read (ENOENT). '],
		['can be written by others', (path) => chmodSync(path, 0o666), ': the file can be written by other users. '],
	])('because it %s leaves the old policies in force, and warns once', async (_, spoil, problem) => {
		const path = policyPath(policyOf('ci'));
		const { names, wait, logged } = open(path);
		spoil(path);
		await wait(60);
		expect(names()).toEqual(['ci']);
		expect(logged).toEqual([`warn: --policy "${path}"${problem}The policies that were read before stay in force.`]);
	});

	test('is used again as soon as it is mended', async () => {
		const path = policyPath(policyOf('ci'));
		const { names, wait } = open(path);
		writeFileSync(path, '{');
		await wait(5);
		writeFileSync(path, policyOf('web'));
		await wait(5);
		expect(names()).toEqual(['web']);
	});
});

describe('the start is refused by a policy file', () => {
	test.each<[string, () => string, string]>([
		['that is missing', () => join(temporaryFolder(), 'none.json'), ' cannot be read (ENOENT)'],
		['that others can write', () => policyPath(policyOf('ci'), 0o622), ': the file can be written by other users'],
		['that is a folder', () => temporaryFolder(), ': the file is not a regular file'],
		[
			'of more than 1,000,000 bytes',
			() => policyPath(policyOf('ci') + ' '.repeat(1_000_000)),
			': the file has more than 1000000 bytes',
		],
		['that is broken', () => policyPath('{"principals": 1}'), ': the file must have a list of principals'],
	])('%s', (_, make, problem) => {
		const path = make();
		expect(() => open(path)).toThrow(new ConfigError(`--policy "${path}"${problem}`));
	});
});
