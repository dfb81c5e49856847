/** server.json keeps to the registry's rules, and agrees with package.json, the options and mcp.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import mcp from '../../mcp.json' with { type: 'json' };
import manifest from '../../package.json' with { type: 'json' };
import { readSecrets } from '../../src/config/config.js';
import { OPTION_LIST } from '../../src/config/options/index.js';
import { ROOT } from './folder.js';
import { serverJson } from './registry-rules.js';

const path = join(ROOT, 'server.json');
const read = () => serverJson.parse(JSON.parse(readFileSync(path, 'utf8')));
const variables = () => read().packages[0]?.environmentVariables ?? [];

describe('server.json', () => {
	test('keeps to the rules of the registry', () => {
		expect(serverJson.safeParse(JSON.parse(readFileSync(path, 'utf8'))).error).toBeUndefined();
	});

	const one = () => read().packages[0];
	test.for<[string, () => object]>([
		['without a name', () => ({ ...read(), name: undefined })],
		['with a name that has no namespace', () => ({ ...read(), name: 'cloudflare-cache-mcp' })],
		['with two slashes in its name', () => ({ ...read(), name: 'a/b/c' })],
		['with a description of 101 characters', () => ({ ...read(), description: 'x'.repeat(101) })],
		['with a range as its version', () => ({ ...read(), version: '^1.0.0' })],
		['without a version', () => ({ ...read(), version: undefined })],
		['with an unknown field', () => ({ ...read(), licence: 'MIT' })],
		['with a package that has no transport', () => ({ ...read(), packages: [{ ...one(), transport: undefined }] })],
		['with a repository that has no host', () => ({ ...read(), repository: { url: 'github.com', source: 'github' } })],
		['with a website that is no URL', () => ({ ...read(), websiteUrl: 'example.com' })],
		['with the newest version of a package', () => ({ ...read(), packages: [{ ...one(), version: 'latest' }] })],
	])('%s breaks the rules of the registry', ([, broken]) => {
		expect(serverJson.safeParse(JSON.parse(JSON.stringify(broken()))).success).toBe(false);
	});

	test('has the name that package.json declares as mcpName, by which the registry verifies the package', () => {
		expect(read().name).toBe(manifest.mcpName);
	});

	test('repeats the version of package.json', () => {
		const { version, packages } = read();
		expect([version, ...packages.map((one) => one.version)]).toEqual([manifest.version, manifest.version]);
	});

	test('names every environment variable', () => {
		const named = OPTION_LIST.flatMap(([, { env }]) => env ?? []);
		expect(variables().map(({ name }) => name)).toEqual(named);
	});

	test('marks as secret exactly the variables whose values are redacted', () => {
		const env = Object.fromEntries(variables().map(({ name }) => [name, name]));
		const secret = variables().filter(({ isSecret }) => isSecret);
		expect(secret.map(({ name }) => name).sort()).toEqual(readSecrets(env).sort());
	});

	test('requires no variable, because the token may also come from a file, a command or a legacy key', () => {
		expect(variables().filter(({ isRequired }) => isRequired)).toEqual([]);
	});
});

test.for(['mcpServers', 'servers'] as const)('mcp.json starts for %s the package that server.json names', (clients) => {
	const [published] = read().packages;
	const { command, args, env } = mcp[clients]['cf-cache'];
	expect([command, ...args]).toEqual([published?.runtimeHint, '-y', `${published?.identifier}@${published?.version}`]);
	const known = variables().map(({ name }) => name);
	expect(Object.keys(env).filter((name) => !known.includes(name))).toEqual([]);
});
