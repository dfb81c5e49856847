/** A token without the scope of consent obtains none on any way, and another token of the same principal does. */
import { describe, expect, test } from 'vitest';
import type { PendingWork } from '../../src/call/unfinished.js';
import { ZONE, ZONE_ID } from '../support/session.js';
import { openTeam, principal } from '../support/team.js';

const ACCOUNT = { plan: 'enterprise', account: 'Example', accountId: 'f'.repeat(32) };
const HOSTS: PendingWork = {
	tool: 'purge_cache',
	zone: { id: ZONE_ID, name: ZONE, ...ACCOUNT },
	args: {},
	requests: [{ kind: 'hosts', items: [`www.${ZONE}`] }],
};

/** One principal by tokens with these scopes. */
const withGrants = (...grants: string[]) =>
	principal('ann', { policy: { confirm: 'code' }, grants: new Set(['cache:read', 'cache:purge', ...grants]) });

describe('a token without cache:destroy', () => {
	test('does not resume a purge of a whole host, and another token of the principal is asked for consent to it', async () => {
		const { team, join, changes } = await openTeam();
		const lease = await team.forPrincipal(withGrants()).deps.unfinished.begin(HOSTS);
		await lease.release(false);
		const small = await join(withGrants());
		const refused = await small.call('purge_resume', { resume: lease.resume });
		expect(refused.isError).toBe(true);
		expect(refused.text).toContain(
			'purge_cache of whole hosts (hosts, or prefixes without a path) is not allowed: the access token lacks the scope cache:destroy.',
		);
		expect(refused.text).toContain('Sign in again with that scope.');
		const large = await join(withGrants('cache:destroy'));
		const asked = await large.call('purge_resume', { resume: lease.resume });
		expect(asked.structured?.status).toBe('confirmation_required');
		expect(changes()).toEqual([]);
	});

	test.each([
		['purge_everything', {}],
		['purge_cache', { hosts: [`www.${ZONE}`] }],
		['purge_cache', { prefixes: [ZONE] }],
	])('does not call %s with %o, though the transport should let it pass', async (tool, args) => {
		const { join, changes } = await openTeam();
		const refused = await (await join(withGrants())).call(tool, { zone: ZONE, ...args });
		expect(refused.text).toContain('the access token lacks the scope cache:destroy');
		expect(changes()).toEqual([]);
	});

	test('purges tags, and lists the tools that it could step up to', async () => {
		const { join, changes } = await openTeam();
		const { call, tools } = await join(withGrants());
		expect((await call('purge_cache', { zone: ZONE, tags: ['a'] })).structured?.status).toBe('done');
		expect(changes()).toHaveLength(1);
		expect(await tools()).toContain('purge_everything');
	});

	test('does not gain by another token of its principal that is used in turns', async () => {
		const { team } = await openTeam();
		const [small, large] = [withGrants(), withGrants('cache:destroy')];
		const seen = [small, large, small, large].map((who) => team.forPrincipal(who).deps.settings.consentBlock?.by);
		expect(seen).toEqual(['grants', undefined, 'grants', undefined]);
	});
});

test('the policy blocks consent whatever was granted', async () => {
	const { team } = await openTeam();
	const who = principal('ann', { policy: { confirm: 'block' }, grants: new Set(['cache:destroy']) });
	expect(team.forPrincipal(who).deps.settings.consentBlock?.by).toBe('policy');
});
