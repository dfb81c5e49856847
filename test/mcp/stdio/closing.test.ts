/** Calls that are under way when the server closes. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { endTimers, holdTimers } from '../../support/held-timers.js';
import type { Message, Running } from '../../support/process.js';
import { openSession, type RawOptions, ZONE_ID } from '../../support/session.js';

const ZONE = { id: ZONE_ID, name: 'example.com', status: 'active', plan: { legacy_id: 'enterprise' } };

const callOf = (name: string, args: Record<string, unknown>) => ({
	id: 1,
	method: 'tools/call',
	params: { name, arguments: args },
});
const INFO = ['--log-level', 'info'];
/** How long calls may go on sending after the end of stdin. */
const AFTER_STDIN_MS = 500;
/** How long calls under way may still take then, or after a signal. */
const DRAIN_MS = 3_000;
const CLOSING_MS = [AFTER_STDIN_MS, DRAIN_MS];
const LIST_ZONES = callOf('zones_list', {});

const textOf = ({ result }: Message) => (result?.content as { text: string }[] | undefined)?.[0]?.text;

/** A session with an API that keeps every caller waiting until it is told what to answer. */
async function openHeldSession(options: Pick<RawOptions, 'flags' | 'nodeFlags'> = {}) {
	const held: ServerResponse[] = [];
	const arrivals: (() => void)[] = [];
	const api = createServer((request, response) => {
		request.resume();
		held.push(response);
		for (const resolve of arrivals.splice(0)) resolve();
	});
	api.listen(0, '127.0.0.1');
	await once(api, 'listening');
	onTestFinished(() => {
		api.closeAllConnections();
		api.close();
	});
	const upstream = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
	return {
		...(await openSession({ over: 'stdio', raw: true, upstream, ...options })),
		/** Resolves when a caller waits. */
		arrival: () => new Promise<void>((resolve) => (held.length > 0 ? resolve() : arrivals.push(resolve))),
		/** Answers the caller that has waited longest. */
		release: (result: unknown) => {
			const body = { success: true, errors: [], messages: [], result };
			held.shift()?.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
		},
	};
}

describe('a call under way', () => {
	test.each<[string, (server: Running) => void]>([
		['stdin ended', (server) => server.endInput()],
		['asked to stop', (server) => server.kill('SIGTERM')],
	])('still gets its answer when the server closes because of: %s', async (why, close) => {
		const { server, send, answer, arrival, release } = await openHeldSession({
			flags: INFO,
			nodeFlags: [holdTimers(...CLOSING_MS)],
		});
		send(LIST_ZONES);
		await arrival();
		close(server);
		await server.saw('stderr', `closing: ${why}`);
		release([ZONE]);
		expect(textOf(await answer(1))).toContain('example.com');
		expect(await server.ended).toEqual({ code: 0, signal: null });
	});

	test('that the API does not answer is interrupted after 3.5 s, and the process ends', async () => {
		const nodeFlags = [holdTimers(...CLOSING_MS)];
		const { server, send, answer, arrival } = await openHeldSession({ flags: INFO, nodeFlags });
		send(LIST_ZONES);
		await arrival();
		server.endInput();
		await server.saw('stderr', 'closing: stdin ended');
		for (const lengthMs of CLOSING_MS) await endTimers(server, lengthMs);
		expect(await server.ended).toEqual({ code: 0, signal: null });
		expect(textOf(await answer(1))).toContain('The server is closing.\nCall again if it is still needed.');
	});

	test('that changes something and is interrupted says that it may have been applied', async () => {
		const nodeFlags = [holdTimers(DRAIN_MS)];
		const { server, send, answer, arrival, release } = await openHeldSession({ flags: INFO, nodeFlags });
		send(callOf('purge_cache', { zone: 'example.com', urls: ['https://example.com/a'] }));
		await arrival();
		release([ZONE]);
		await arrival();
		server.kill('SIGTERM');
		await server.saw('stderr', 'closing: asked to stop');
		await endTimers(server, DRAIN_MS);
		await server.ended;
		expect(textOf(await answer(1))).toContain('It is unknown whether the change was applied.');
	});

	test('that waits for the user says that nothing was changed, and nothing was', async () => {
		const capabilities = { elicitation: { form: {} } };
		const timed = { flags: INFO, nodeFlags: [holdTimers(...CLOSING_MS)] };
		const { server, send, answer, changes } = await openSession({ over: 'stdio', raw: true, capabilities, ...timed });
		send(callOf('purge_everything', { zone: 'example.com' }));
		await server.saw('stdout', '"elicitation/create"');
		server.endInput();
		await server.saw('stderr', 'closing: stdin ended');
		for (const lengthMs of CLOSING_MS) await endTimers(server, lengthMs);
		await server.ended;
		expect(textOf(await answer(1))).toContain('Nothing was changed.');
		expect(changes()).toEqual([]);
	});
});
