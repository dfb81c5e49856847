/** A password manager that must be unlocked: nobody is asked for nothing, and no call waits for it without end. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../src/base/clock.js';
import { compose } from '../../src/compose.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { startUpstream, success, withZone } from '../support/api.js';
import { createVirtualClock } from '../support/clock.js';
import { start } from '../support/process.js';
import { connect, ZONE_ID } from '../support/session.js';

const TOKEN = 'a-token-from-a-password-manager';
const READ = ['cache_reserve_get', { zone: ZONE_ID }] as const;
const OFF = success({ id: 'cache_reserve', value: 'off' });
const NEXT = 'Let the person unlock the password manager or mend the command, then call again.';

/** A command that notes each run. It prints the token as soon as it is unlocked; locked, it fails or waits. */
function createManager(whenLocked: 'fails' | 'waits') {
	const folder = mkdtempSync(join(tmpdir(), 'manager-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const [script, runs, unlocked] = ['op.cjs', 'runs', 'unlocked'].map((name) => join(folder, name)) as [
		string,
		string,
		string,
	];
	writeFileSync(
		script,
		`const { appendFileSync, existsSync } = require('fs');
		appendFileSync(${JSON.stringify(runs)}, process.pid + '\\n');
		const look = () => {
			if (existsSync(${JSON.stringify(unlocked)})) { console.log('${TOKEN}'); process.exit(0); }
			if (${JSON.stringify(whenLocked)} === 'fails' || !existsSync(${JSON.stringify(folder)})) process.exit(1);
		};
		look();
		setInterval(look, 10);`,
	);
	return {
		flags: ['--token-command', `"${process.execPath}" "${script}"`],
		unlock: () => writeFileSync(unlocked, ''),
		/** The process ids of its runs. */
		runs: () => (existsSync(runs) ? readFileSync(runs, 'utf8').trim().split('\n').map(Number) : []),
	};
}

/** A server without another token, at an API that answers. */
async function connectTo({ flags }: ReturnType<typeof createManager>, clock?: Clock) {
	const upstream = await startUpstream(withZone(() => OFF));
	const options = { upstream: upstream.url, flags, env: { CLOUDFLARE_API_TOKEN: '' }, ...(clock && { clock }) };
	return { upstream, ...(await connect(options)) };
}

test('a server that makes itself ready, as it does for every client that looks at it, asks nobody', async () => {
	let asked = 0;
	const readSecret = async () => {
		asked++;
		return { kind: 'token', token: TOKEN } as const;
	};
	const preflight = { readSecret, auditFile: undefined };
	const product = compose(readConfig([], {}) as Config, { log: () => undefined, preflight });
	onTestFinished(() => product.close());
	await product.preload();
	expect(asked).toBe(0);
});

test('a call is sent with what the manager gives, and those that come together ask it once', async () => {
	const manager = createManager('waits');
	manager.unlock();
	const { call, upstream } = await connectTo(manager);
	await Promise.all([call(...READ), call(...READ), call(...READ)]);
	expect(manager.runs()).toHaveLength(1);
	expect(new Set(upstream.requests.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${TOKEN}`]));
});

test('a call while it is locked says so, sends nothing, and the next one asks again', async () => {
	const manager = createManager('fails');
	const { call, upstream } = await connectTo(manager);
	expect((await call(...READ)).text.split('\n')).toEqual([
		'No credential: the --token-command ended with exit code 1.',
		'Nothing was changed.',
		NEXT,
	]);
	expect(upstream.requests).toEqual([]);
	manager.unlock();
	expect((await call(...READ)).text).toContain('Cache Reserve of example.com is off');
	expect(manager.runs()).toHaveLength(2);
});

test('a call while a person is asked ends within 45 s, and the next one goes on with the same question', async () => {
	const manager = createManager('waits');
	// For it the run of a command is no work: time passes.
	const clock = createVirtualClock();
	const { call, upstream } = await connectTo(manager, clock);
	const began = clock.now();
	expect((await call(...READ)).text.split('\n')).toEqual([
		"No answer arrived within this call's time limit.",
		'Nothing was changed.',
		'Call again later.',
	]);
	expect(clock.now() - began).toBeLessThan(45_000);
	expect(upstream.requests).toEqual([]);
	manager.unlock();
	while ((await call(...READ)).isError);
	expect(manager.runs()).toHaveLength(1);
});

test('a call that is cancelled while a person is asked sends nothing, also when the person agrees later', async () => {
	const manager = createManager('waits');
	const { call, upstream } = await connectTo(manager);
	const client = new AbortController();
	const cancelled = call(...READ, { signal: client.signal }).catch(() => 'cancelled');
	client.abort();
	expect(await cancelled).toBe('cancelled');
	manager.unlock();
	await call(...READ);
	expect(upstream.requests.map(({ target }) => target)).toEqual([
		`/zones/${ZONE_ID}`,
		`/zones/${ZONE_ID}/cache/cache_reserve`,
	]);
});

test('the end of stdin ends a server whose call waits for a person, and what asks them', async () => {
	const manager = createManager('waits');
	const server = start(manager.flags);
	const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '0' } };
	server.send({ id: 1, method: 'initialize', params });
	server.send({ method: 'notifications/initialized' });
	server.send({ id: 2, method: 'tools/call', params: { name: READ[0], arguments: READ[1] } });
	server.endInput();
	expect(await server.ended).toMatchObject({ code: 0 });
	const [pid] = manager.runs();
	while (isAlive(pid as number)) await turn();
});

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}
