/** Tests the link to Cloudflare's page for a new token, whose form is that of their documentation. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tokenNeedsOf } from '../../src/commands/token-link.js';
import { OPERATIONS } from '../../src/operations/index.js';

const named = (...names: string[]) => OPERATIONS.filter(({ name }) => names.includes(name));

/** The parameters of a link, as the dashboard reads them. */
function read(link: string) {
	const { origin, pathname, searchParams } = new URL(link);
	const { permissionGroupKeys = '', ...rest } = Object.fromEntries(searchParams);
	return { page: origin + pathname, keys: JSON.parse(permissionGroupKeys) as unknown, ...rest };
}

test('the link for all tools fills in purge, edit of settings, read of analytics and of zones', () => {
	const { link, permissions, byHand } = tokenNeedsOf(OPERATIONS);
	expect(read(link)).toEqual({
		page: 'https://dash.cloudflare.com/profile/api-tokens',
		keys: [
			{ key: 'cache', type: 'purge' },
			{ key: 'zone_settings', type: 'edit' },
			{ key: 'analytics', type: 'read' },
			{ key: 'zone', type: 'read' },
		],
		accountId: '*',
		zoneId: 'all',
		name: 'cloudflare-cache-mcp',
	});
	expect(permissions).toContain('Zone Versioning › Read');
	expect(byHand).toEqual(['Zone Versioning › Read']);
});

test('tools that only read need no right to edit', () => {
	const { link, permissions } = tokenNeedsOf(named('cache_reserve_get', 'zones_list'));
	expect(read(link).keys).toEqual([
		{ key: 'zone_settings', type: 'read' },
		{ key: 'zone', type: 'read' },
	]);
	expect(permissions).toEqual(['Zone Settings › Read', 'Zone › Read']);
});

test('a purge needs to look up zones too', () => {
	expect(tokenNeedsOf(named('purge_cache')).permissions).toEqual(['Zone › Cache Purge', 'Zone › Read']);
});

test('the README has the link for all tools, and that for a job that purges', () => {
	const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
	expect(readme).toContain(`](${tokenNeedsOf(OPERATIONS).link})`);
	expect(readme).toContain(`with these filled in](${tokenNeedsOf(named('purge_cache')).link})`);
});
