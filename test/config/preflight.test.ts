/** A configuration that names what does not exist, or what is not allowed, stops the start. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runPreflight } from '../../src/config/preflight.js';
import { ConfigError } from '../../src/errors.js';
import { temporaryFolder } from '../support/files.js';
import { ZONE_ID } from '../support/session.js';
import { read } from './samples.js';

const NAMES = ['zones_list', 'purge_cache'];
const check = (...flags: string[]) => runPreflight(read(['--sandbox', ...flags]), NAMES, () => undefined);

test.each(['--tools', '--exclude-tools'])('%s refuses an unknown tool and suggests the nearest one', (flag) => {
	expect(() => check(flag, 'zone_list')).toThrow(
		new ConfigError(`${flag}: there is no tool "zone_list". Did you mean "zones_list"?`),
	);
});

test.each([
	['münchen.example', 'münchen.example'],
	['xn--mnchen-3ya.example', 'münchen.example'],
	['EXAMPLE.com.', 'example.com'],
	['023E105F4ECEF8AD9CA31A8372D0C353', 'example.com'],
])('--zone %s is accepted beside --zones %s, as calls accept it', (zone, zones) => {
	expect(() => check('--zone', zone, '--zones', zones)).not.toThrow();
});

test('--zone refuses a zone that --zones does not allow, and suggests the nearest one', () => {
	expect(() => check('--zone', 'exampel.com', '--zones', 'example.com')).toThrow(
		new ConfigError('--zone "exampel.com" is not among --zones. Did you mean "example.com"?'),
	);
});

test.each([
	['the zone itself', 'example.com', 'example.com'],
	['the zone in capitals', 'EXAMPLE.COM', 'example.com'],
	['a subdomain of the zone', 'www.example.com', 'example.com'],
	['an id, which only the API can compare with a name', ZONE_ID, 'example.com'],
	['the same id', ZONE_ID, ZONE_ID],
])('--zone accepts %s', (_, zone, zones) => {
	expect(() => check('--zone', zone, '--zones', zones)).not.toThrow();
});

test.each(['state', './state', '../state', '.'])('--state-dir refuses the relative path %s', (path) => {
	expect(() => check('--state-dir', path)).toThrow(new ConfigError(`--state-dir "${path}" must be an absolute path`));
});

test('--audit-log refuses a file that cannot be opened, and names the reason', () => {
	const path = join(temporaryFolder(), 'missing', 'audit.jsonl');
	expect(() => check('--audit-log', path)).toThrow(new ConfigError(`--audit-log "${path}" cannot be opened (ENOENT)`));
});

test('--audit-log refuses stdout where answers are written there', () => {
	expect(() => check('--audit-log', '/dev/stdout')).toThrow(
		new ConfigError('--audit-log /dev/stdout needs --http: without it, answers are written there'),
	);
});
