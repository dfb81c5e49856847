/** `npm run dev` runs the source without a build. */
import { expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/index.js';
import { temporaryFolder } from '../support/files.js';
import { openSession } from './session.js';

test('npm run dev serves a session from the source, with every tool', async () => {
	const state = temporaryFolder();
	const session = await openSession('npm', ['run', '--silent', 'dev', '--', '--sandbox'], {
		CF_CACHE_STATE_DIR: state,
	});
	expect(await session.tools()).toEqual(OPERATIONS.map(({ name }) => name));
	expect(await session.call('cache_reserve_get', { zone: 'example.com' })).toMatchObject({ isError: false });
});
