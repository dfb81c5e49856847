/** Tests the settings below /settings, through Cloudflare's official client. */
import Cloudflare, { APIError } from 'cloudflare';
import { describe, expect, test } from 'vitest';
import { EXAMPLE_COM, EXAMPLE_NET, openSandbox, TOKEN } from '../support/sandbox.js';

const NOON = Date.parse('2026-03-01T12:00:00Z');

async function connect(now = () => NOON) {
	const { url } = await openSandbox({ now });
	return new Cloudflare({ apiToken: TOKEN, baseURL: url, maxRetries: 0 }).zones;
}

async function failureOf(call: PromiseLike<unknown>) {
	const error: unknown = await Promise.resolve(call).then(
		() => undefined,
		(reason: unknown) => reason,
	);
	return error instanceof APIError ? [error.status, error.errors[0]?.code] : error;
}

describe('A setting below /settings', () => {
	test.each([
		['browser_cache_ttl', 14_400, 3_600],
		['cache_level', 'aggressive', 'basic'],
		['always_online', 'on', 'off'],
		['sort_query_string_for_cache', 'off', 'on'],
	] as const)('%s starts with %s, and keeps what was edited', async (id, start, value) => {
		const { settings } = await connect();
		const zone = { zone_id: EXAMPLE_COM };
		expect(await settings.get(id, zone)).toEqual({ id, value: start, modified_on: null, editable: true });
		const changed = { id, value, modified_on: '2026-03-01T12:00:00.000Z', editable: true };
		expect(await settings.edit(id, { ...zone, value } as never)).toEqual(changed);
		expect(await settings.get(id, zone)).toEqual(changed);
		expect(await settings.get(id, { zone_id: EXAMPLE_NET })).toMatchObject({ value: start });
	});

	test.each([
		['a value that it does not have', 'cache_level', EXAMPLE_COM, 'off', 1007],
		['a time that the API does not offer', 'browser_cache_ttl', EXAMPLE_COM, 31, 1007],
		['a plan that may not change it', 'sort_query_string_for_cache', EXAMPLE_NET, 'on', 1015],
		['a name that is none', 'nothing', EXAMPLE_COM, 'on', 1006],
	])('is refused for %s', async (_, id, zone_id, value, code) => {
		const { settings } = await connect();
		expect(await failureOf(settings.edit(id, { zone_id, value } as never))).toEqual([code === 1015 ? 403 : 400, code]);
	});
});

describe('Development mode', () => {
	test('lasts three hours, counts down in the zone too, and ends by itself', async () => {
		let time = NOON;
		const zones = await connect(() => time);
		const zone = { zone_id: EXAMPLE_COM };
		expect(await zones.settings.edit('development_mode', { ...zone, value: 'on' } as never)).toMatchObject({
			value: 'on',
			time_remaining: 10_800,
		});
		time += 3_600_000;
		expect(await zones.settings.get('development_mode', zone)).toMatchObject({ value: 'on', time_remaining: 7_200 });
		expect((await zones.get(zone)).development_mode).toBe(7_200);
		time += 7_201_000;
		expect(await zones.settings.get('development_mode', zone)).toMatchObject({ value: 'off', time_remaining: 0 });
		expect((await zones.get(zone)).development_mode).toBe(-1);
	});

	test('ends at once when it is turned off', async () => {
		const zones = await connect();
		const zone = { zone_id: EXAMPLE_COM };
		await zones.settings.edit('development_mode', { ...zone, value: 'on' } as never);
		await zones.settings.edit('development_mode', { ...zone, value: 'off' } as never);
		expect((await zones.get(zone)).development_mode).toBe(0);
	});
});
