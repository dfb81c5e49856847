/** The HTTP library takes time to load, so it loads after the first tools/list is answered. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CLI, preload } from '../../support/process.js';
import { openSession } from '../../support/session.js';

/** The files of the bundle that hold undici, known by an error code that only it has. */
const DIST = dirname(CLI);
const UNDICI = readdirSync(DIST).filter(
	(name) => name.endsWith('.js') && readFileSync(join(DIST, name), 'utf8').includes('UND_ERR_INVALID_ARG'),
);

/** Code that runs `act` when undici is about to load. Node.js asks hooks about each module, on another thread. */
function onUndici(act: string): string {
	const resolve = `import { writeSync } from 'node:fs';
		export async function resolve(name, context, next) {
			const found = await next(name, context);
			if (${JSON.stringify(UNDICI)}.some((name) => found.url.endsWith(name))) { ${act} }
			return found;
		}`;
	const module = JSON.stringify(`data:text/javascript,${encodeURIComponent(resolve)}`);
	return `import { register } from 'node:module'; register(${module});`;
}

describe('the HTTP library', () => {
	test('is not needed for initialize and tools/list, but for a call', async () => {
		const nodeFlags = [preload(onUndici(`throw new Error('no undici here')`))];
		const { tools, call } = await openSession({ over: 'stdio', raw: true, nodeFlags });
		expect(await tools()).toContain('purge_cache');
		expect((await call('zones_list', {})).text).toContain('no undici here');
	});

	test('loads without a call, once the first tools/list is answered', async () => {
		// Both threads write to one pipe, so the order of their lines is that of the events.
		const code = `${onUndici(`writeSync(2, 'undici\\n');`)}
			import { writeSync } from 'node:fs';
			const write = process.stdout.write.bind(process.stdout);
			process.stdout.write = (chunk, ...rest) => {
				if (String(chunk).includes('"tools":[')) writeSync(2, 'listed\\n');
				return write(chunk, ...rest);
			};`;
		const { server, request, tools } = await openSession({ over: 'stdio', raw: true, nodeFlags: [preload(code)] });
		await request('ping');
		await tools();
		await server.saw('stderr', 'undici');
		const loaded = server
			.stderr()
			.split('\n')
			.filter((line) => !line.startsWith('cloudflare-cache-mcp: warn: '));
		expect(loaded.slice(0, 2)).toEqual(['listed', 'undici']);
	});
});
