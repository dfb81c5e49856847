/** Texts of options that need more than a glance: URLs, zones, families of tools. */
import { describe, expect, test } from 'vitest';
import { read, refusal } from './samples.js';

describe('CF_CACHE_REDIS', () => {
	const base = { CF_CACHE_CONFIRM_SECRET: 'x'.repeat(32) };

	test.each(['redis://cache', 'redis://:p%40ss@cache:6379/3', 'rediss://u:p@[::1]:6380/', 'redis://cache?'])(
		'is %s as it is written',
		(url) => {
			expect(read([], { ...base, CF_CACHE_REDIS: url }).redis).toBe(url);
		},
	);

	test.each([
		'cache:6379',
		'http://cache',
		'redis://',
		'redis:///1',
		'redis://cache/name',
		'redis://cache/1/2',
		'redis://cache?db=1',
		'redis://u:100%@cache',
	])('is refused as %s', (url) => {
		expect(refusal([], { ...base, CF_CACHE_REDIS: url })).toMatch(/^CF_CACHE_REDIS must be a URL such as redis:/);
	});
});

describe('--base-url', () => {
	test.each([
		['https://api.cloudflare.com/client/v4', 'https://api.cloudflare.com/client/v4'],
		['https://api.cloudflare.com/client/v4/', 'https://api.cloudflare.com/client/v4'],
		['https://proxy.internal:8443', 'https://proxy.internal:8443'],
		['http://127.0.0.1:8080/client/v4', 'http://127.0.0.1:8080/client/v4'],
		['http://127.1.2.3/', 'http://127.1.2.3'],
		['http://localhost:1', 'http://localhost:1'],
		['http://[::1]:1', 'http://[::1]:1'],
	])('accepts %s as %s', (url, root) => {
		expect(read(['--base-url', url]).baseUrl).toBe(root);
	});

	test.each([
		'http://api.cloudflare.com/client/v4',
		'http://127.0.0.1.example.com',
		'http://localhost.example.com',
		'http://10.0.0.1',
		'http://0.0.0.0',
		'http://[::]',
	])('refuses plain http to another machine: %s', (url) => {
		expect(refusal(['--base-url', url])).toBe('--base-url must use https, except on this machine (127.0.0.1)');
	});

	test.each([
		'ftp://127.0.0.1',
		'file:///etc/passwd',
		'127.0.0.1:80',
		'https://',
		'https://proxy.example.com/?key=1',
		'https://proxy.example.com/#v4',
		'https://user@proxy.example.com',
		'https://user:word@proxy.example.com',
		'https://:word@proxy.example.com',
	])('refuses %s, which is no root of an API', (url) => {
		expect(refusal(['--base-url', url])).toBe('--base-url must be a URL such as https://api.cloudflare.com/client/v4');
	});
});

test('--toolsets refuses an unknown family and suggests the nearest one', () => {
	expect(refusal(['--toolsets', 'purge,reserv'])).toMatch(/^--toolsets has no "reserv".*Did you mean "reserve"\?$/);
});

test('--confirm refuses off, which has a longer name, and lists the choices', () => {
	expect(refusal(['--confirm', 'off'])).toBe('--confirm must be one of ask, code, block');
});

test.each([
	['a.example=b', 'after = comes a zone id of 32 hexadecimal characters'],
	['not a zone', 'which is neither a domain name nor a zone id'],
])('--zones refuses %s and says what is wrong with it', (text, problem) => {
	expect(refusal(['--zones', text])).toMatch(new RegExp(`^--zones has "${text}".*${problem}$`));
});
