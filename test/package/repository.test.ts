/** The address of the repository is one constant, from which every other place derives. */
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import server from '../../server.json' with { type: 'json' };
import { toManifest } from '../../src/build/manifest.js';
import { updatePackageJson } from '../../src/build/package.js';
import { OPTIONS } from '../../src/config/options/index.js';
import { describeServer } from '../../src/mcp/server-info.js';
import { REPOSITORY } from '../../src/version.js';

/** Where nobody has registered a repository yet. */
const PLACEHOLDER = 'https://github.com/cloudflare-cache-mcp/cloudflare-cache-mcp';

/** What is still a placeholder. After REPOSITORY was changed, this list is empty. */
const STILL_PLACEHOLDERS = [
	'homepage of package.json',
	'repository of package.json',
	'bugs of package.json',
	'mcpName of package.json',
	'name of server.json',
	'repository of server.json',
	'websiteUrl of server.json',
	'repository of the bundle',
	'homepage of the bundle',
	'documentation of the bundle',
	'support of the bundle',
	'websiteUrl of the server',
];

const bundle = toManifest(manifest, [], OPTIONS);

/** Every address of the repository that is published, by its place. */
const PLACES: Readonly<Record<string, string>> = {
	'homepage of package.json': manifest.homepage,
	'repository of package.json': manifest.repository.url,
	'bugs of package.json': manifest.bugs.url,
	'mcpName of package.json': manifest.mcpName,
	'name of server.json': server.name,
	'repository of server.json': server.repository.url,
	'websiteUrl of server.json': server.websiteUrl,
	'repository of the bundle': bundle.repository.url,
	'homepage of the bundle': bundle.homepage,
	'documentation of the bundle': bundle.documentation,
	'support of the bundle': bundle.support,
	'websiteUrl of the server': describeServer({ isSandbox: false, confirm: 'ask' }, []).serverInfo.websiteUrl,
};

const pathOf = (repository: string) => new URL(repository).pathname.slice(1);

describe('the address of the repository', () => {
	test.for(Object.entries(PLACES))('is in the %s that of the constant', ([, address]) => {
		expect(address).toContain(pathOf(REPOSITORY));
	});

	test(`is still a placeholder in: ${STILL_PLACEHOLDERS.join(', ')}`, () => {
		const still = Object.entries(PLACES).filter(([, address]) => address.includes(pathOf(PLACEHOLDER)));
		expect(still.map(([place]) => place)).toEqual(STILL_PLACEHOLDERS);
	});

	test('replaces in package.json what stood there, and keeps every other field in its order', () => {
		const before = { name: 'a', bugs: 'old', mcpName: 'old', description: 'b', homepage: 'old', version: '1' };
		const after = JSON.parse(updatePackageJson(JSON.stringify(before))) as object;
		expect(Object.keys(after)).toEqual(['name', 'mcpName', 'description', 'homepage', 'repository', 'bugs', 'version']);
		expect(JSON.stringify(after)).not.toContain('old');
	});
});
