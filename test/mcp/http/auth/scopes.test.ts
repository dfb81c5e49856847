/** Every call needs one scope, which follows from its record and its arguments; a token without it is asked to step up. */
import { describe, expect, test } from 'vitest';
import type { Principal } from '../../../../src/call/principal.js';
import type { Challenge } from '../../../../src/mcp/http/auth/authenticator.js';
import { OAuthAuthenticator } from '../../../../src/mcp/http/auth/oauth.js';
import { readScopes, SCOPES, scopeOf } from '../../../../src/mcp/http/auth/scopes.js';
import { OPERATIONS } from '../../../../src/operations/index.js';
import { createManualClock } from '../../../support/clock.js';

const METADATA = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';

/** An authenticator that meets no token. */
function open(publicUrl = 'https://mcp.example.com/mcp', issuer = 'https://login.example.com/realms/team/') {
	return new OAuthAuthenticator({
		...{ issuer, publicUrl, endpoint: '/mcp' },
		operations: new Map(OPERATIONS.map((operation) => [operation.name, operation])),
		fetchDocument: () => Promise.reject(new Error('not asked')),
		clock: createManualClock(),
		log: () => undefined,
	});
}

const withGrants = (...grants: string[]): Principal => ({
	...{ id: 'id', name: 'alice', policy: {}, secrets: [] },
	grants: new Set(grants),
});

const ZONES_LIST = { tool: 'zones_list', args: {}, isConsentBlocked: false };

async function missing(grants: readonly string[], tool: string, args: unknown = {}): Promise<Challenge | undefined> {
	return open().missingScope(withGrants(...grants), { tool, args, isConsentBlocked: false });
}

/** The one scope that lets a call through. */
async function neededFor(tool: string, args: unknown): Promise<string[]> {
	const tried = await Promise.all(SCOPES.map(async (scope) => [scope, await missing([scope], tool, args)] as const));
	return tried.filter(([, challenge]) => challenge === undefined).map(([scope]) => scope);
}

describe('the scope of an operation', () => {
	test('is that of reads, of purges, of other changes, or of what destroys', () => {
		const withScope = (scope: string) => OPERATIONS.filter((operation) => scopeOf(operation) === scope);
		expect(withScope('cache:destroy').map(({ name }) => name)).toEqual([
			'purge_everything',
			'purge_environment_everything',
			'invalidate_everything',
			'cache_reserve_clear',
			'origin_cloud_regions_bulk_delete',
			'cache_restore',
		]);
		expect(withScope('cache:purge').map(({ name }) => name)).toEqual([
			'purge_cache',
			'purge_environment',
			'invalidate_cache',
			'purge_resume',
		]);
		expect(withScope('cache:read').every(({ danger }) => danger === 'read')).toBe(true);
		expect(withScope('cache:write').every(({ danger }) => danger === 'change')).toBe(true);
	});
});

describe('the scope of a call', () => {
	test.each<[string, string, unknown, string]>([
		['a read', 'cache_overview', { zone: 'example.com' }, 'cache:read'],
		['a purge of URLs', 'purge_cache', { zone: 'example.com', urls: ['https://example.com/'] }, 'cache:purge'],
		['a purge of a path', 'purge_cache', { zone: 'example.com', prefixes: ['example.com/a'] }, 'cache:purge'],
		['a purge of a host', 'purge_cache', { zone: 'example.com', hosts: ['www.example.com'] }, 'cache:destroy'],
		['a purge of a host in JSON text', 'purge_cache', { zone: 'a.com', hosts: '["www.a.com"]' }, 'cache:destroy'],
		['a prefix without a path', 'purge_cache', { zone: 'example.com', prefixes: ['example.com/'] }, 'cache:destroy'],
		['an invalidation of a host', 'invalidate_cache', { zone: 'a.com', hosts: ['a.com'] }, 'cache:destroy'],
		['a dry run of it', 'invalidate_cache', { zone: 'a.com', hosts: ['a.com'], dry_run: true }, 'cache:destroy'],
		['a purge with unreadable arguments', 'purge_cache', { hosts: 7 }, 'cache:purge'],
		['a purge without arguments', 'purge_cache', undefined, 'cache:purge'],
		['a change', 'tiered_cache_edit', { zone: 'example.com', value: 'on' }, 'cache:write'],
		['a restore', 'cache_restore', { zone: 'example.com', snapshot: 'x' }, 'cache:destroy'],
		['a resumed call', 'purge_resume', { resume: 'x' }, 'cache:purge'],
		['a call that destroys', 'purge_everything', { zone: 'example.com' }, 'cache:destroy'],
	])('is for %s exactly one', async (_, tool, args, scope) => {
		expect(await neededFor(tool, args)).toEqual([scope]);
	});

	test('does not ask for consent where consent is blocked in any case', async () => {
		const call = { tool: 'purge_cache', args: { zone: 'a.com', hosts: ['a.com'] }, isConsentBlocked: true };
		expect(await open().missingScope(withGrants('cache:purge'), call)).toBeUndefined();
	});

	test('is needed of no tool that does not exist, whose call fails by itself', async () => {
		expect(await missing([], 'purge_all"\r\nX: y', {})).toBeUndefined();
	});

	test('is not needed where the way to sign in has no scopes', async () => {
		const { grants: _, ...principal } = withGrants();
		expect(
			await open().missingScope(principal, { tool: 'purge_everything', args: {}, isConsentBlocked: false }),
		).toBeUndefined();
	});
});

test('a missing scope is answered with 403, which names all that the next token must have', async () => {
	const challenge = await missing(['cache:read', 'cache:purge', 'openid'], 'purge_everything');
	expect(challenge).toMatchObject({ status: 403, reason: 'scope' });
	expect(challenge?.headers).toEqual({
		'WWW-Authenticate': `Bearer error="insufficient_scope", scope="cache:read cache:purge openid cache:destroy", resource_metadata="${METADATA}", error_description="purge_everything needs cache:destroy"`,
	});
	expect(challenge?.message).toBe(
		'purge_everything needs the scope cache:destroy, which the access token lacks. Nothing was done. Sign in again with that scope.',
	);
});

describe('the scopes of a token', () => {
	test('that no header can hold are left out', () => {
		expect([...readScopes({ scp: ['a"b', 'a\\b', 'a b', 'a\r\nX: y', 'ä', '', 7, 'ok'] })]).toEqual(['ok']);
	});

	test('are at most 34, and ours are among them', () => {
		const many = [...Array.from({ length: 1_000 }, (_, at) => `other-${at}`), 'cache:destroy', 'cache:read'];
		const kept = [...readScopes({ scope: many.join(' ') })];
		expect(kept.slice(0, 2)).toEqual(['cache:read', 'cache:destroy']);
		expect(kept.length).toBeLessThanOrEqual(34);
	});

	test.each([{}, { scope: 7 }, { scope: '' }, { scp: {} }, { scope: null }])('are none in %o', (claims) => {
		expect([...readScopes(claims)]).toEqual([]);
	});
});

describe('the metadata of the server', () => {
	test.each(['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource'])(
		'stands at %s, and names the issuer byte for byte',
		(path) => {
			expect(open().document(path)).toEqual({
				resource: 'https://mcp.example.com/mcp',
				authorization_servers: ['https://login.example.com/realms/team/'],
				scopes_supported: ['cache:read', 'cache:purge', 'cache:write', 'cache:destroy'],
				bearer_methods_supported: ['header'],
			});
		},
	);

	test.each<[string, string, string]>([
		['https://mcp.example.com/mcp/', 'https://mcp.example.com/mcp', '/.well-known/oauth-protected-resource/mcp'],
		['https://mcp.example.com/', 'https://mcp.example.com', '/.well-known/oauth-protected-resource'],
		[
			'https://example.com/cache/mcp',
			'https://example.com/cache/mcp',
			'/.well-known/oauth-protected-resource/cache/mcp',
		],
	])('of %s names the resource %s', async (publicUrl, resource, path) => {
		const authenticator = open(publicUrl);
		expect(authenticator.document(path)).toMatchObject({ resource });
		const { headers } = (await authenticator.missingScope(withGrants(), ZONES_LIST)) ?? {};
		expect(headers?.['WWW-Authenticate']).toContain(`resource_metadata="${new URL(publicUrl).origin}${path}"`);
	});

	test.each(['/.well-known/oauth-authorization-server', '/mcp', '/'])('does not stand at %s', (path) => {
		expect(open().document(path)).toBeUndefined();
	});
});
