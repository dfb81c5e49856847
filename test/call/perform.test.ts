/** What leaves during a call passes the redactor, whatever its record says. */
import { expect, onTestFinished, test } from 'vitest';
import type { AskUser } from '../../src/call/consent/forms.js';
import { performCall } from '../../src/call/perform.js';
import { compose } from '../../src/compose/product.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { defineOperation } from '../../src/operations/operation.js';
import { z } from '../../src/zod.js';
import { temporaryFolder } from '../support/files.js';

type FormQuestion = Parameters<AskUser>[0];

const SECRET = 'a-long-secret-0123456789';

const leaking = defineOperation({
	name: 'leak_everything',
	title: 'Leak everything',
	description: 'Puts a secret into its consequence.',
	toolset: 'purge',
	permission: 'Cache Purge',
	danger: 'destroy',
	route: 'POST /zones/{zone_id}/purge_cache',
	input: z.object({}).strict(),
	output: z.unknown(),
	consequence: () => `Shows ${[...SECRET].join('\u200b')} to the user.`,
	summarize: () => 'Done.',
	example: {},
});

test('a form shows no secret that a consequence holds, and no invisible characters', async () => {
	const env = { CF_CACHE_CONFIRM_SECRET: SECRET, CF_CACHE_STATE_DIR: temporaryFolder() };
	const { deps, close } = compose(readConfig(['--sandbox'], env) as Config, { log: () => undefined });
	onTestFinished(close);
	const questions: FormQuestion[] = [];
	const askUser = async (question: FormQuestion) => {
		questions.push(question);
		return { kind: 'declined' } as const;
	};
	const operations = new Map([[leaking.name, leaking]]);
	const { isError } = await performCall({ ...deps, operations }, leaking.name, { zone: 'example.com' }, { askUser });
	expect(isError).toBe(true);
	expect(questions).toEqual([{ consequence: 'Simulated: Shows [secret] to the user.', zoneName: 'example.com' }]);
});
