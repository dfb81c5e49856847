/** Measures the cancel section: how soon a cancelled call closes its request to the API. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { RESERVE, ZONE } from './answers.js';
import { median } from './interleave.js';
import type { Section } from './section.js';
import { callOf, listTools } from './server.js';
import { SUBJECTS } from './subjects.js';
import { startUpstream } from './upstream.js';

export const cancel: Section = async ({ quick, report }) => {
	let hung: (response: ServerResponse) => void = () => undefined;
	// Runs in this process, so that one clock times both ends.
	const upstream = await startUpstream((target, response) => {
		if (target !== RESERVE) return false;
		hung(response);
		return true;
	});
	const server = SUBJECTS.ours(upstream.url);
	try {
		await listTools(server);
		const times: number[] = [];
		for (let run = quick ? 10 : 20; run > 0; run--) {
			const arrived = new Promise<ServerResponse>((resolve) => {
				hung = resolve;
			});
			const { id } = server.ask('tools/call', callOf('cache_reserve_get', { zone: ZONE }));
			const closed = once(await arrived, 'close');
			const began = performance.now();
			server.notify('notifications/cancelled', JSON.stringify({ requestId: id, reason: 'no longer wanted' }));
			await closed;
			times.push(performance.now() - began);
		}
		report('cancel.closed', median(times), `at most ${Math.max(...times).toFixed(1)} ms`);
	} finally {
		await server.kill();
		await upstream.close();
	}
};
