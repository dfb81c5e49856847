/** Lists what a client may read beside calling tools. */
import type { Deps } from '../call/context.js';
import { KEEP_HOURS } from '../call/unfinished.js';

/** One resource, as resources/list shows it, with the function that reads it. */
interface Resource {
	readonly uri: string;
	readonly name: string;
	readonly title: string;
	readonly description: string;
	readonly mimeType: string;
	read(deps: Deps): string | Promise<string>;
}

/** All resources in listing order. */
export const RESOURCES: readonly Resource[] = [
	{
		uri: 'cf-cache://audit/recent',
		name: 'audit_recent',
		title: 'Recent changes',
		description:
			'The last 50 audit records of this server: each call that could change something, with zone, consent and outcome.',
		mimeType: 'application/json',
		read: ({ audit }) => JSON.stringify(audit.recent(), null, 1),
	},
	{
		uri: 'cf-cache://purges/unfinished',
		name: 'purges_unfinished',
		title: 'Unfinished purges',
		description: `Purges of the last ${KEEP_HOURS} hours that are not finished, each with the handle that finishes it.`,
		mimeType: 'application/json',
		read: async ({ unfinished }) => JSON.stringify(await unfinished.list(), null, 1),
	},
];
