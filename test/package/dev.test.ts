/** `npm run dev` runs the source without a build. */
import { expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/index.js';
import { openSession } from '../support/session.js';

test('npm run dev serves a session from the source, with every tool', async () => {
	const command: [string, ...string[]] = ['npm', 'run', '--silent', 'dev', '--'];
	const session = await openSession({ over: 'stdio', command, flags: ['--sandbox'] });
	expect(await session.tools()).toEqual(OPERATIONS.map(({ name }) => name));
	expect(await session.call('cache_reserve_get', { zone: 'example.com' })).toMatchObject({ isError: false });
});
