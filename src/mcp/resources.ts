/** What a client may read beside calling tools. */
import type { Deps } from '../call/context.js';
import { KEEP_HOURS } from '../call/unfinished.js';

/** One resource, as resources/list shows it, with how it is read. */
interface Resource {
	readonly uri: string;
	readonly name: string;
	readonly title: string;
	readonly description: string;
	readonly mimeType: string;
	read(parts: Deps): string | Promise<string>;
}

/** All resources in listing order. */
export const RESOURCES: readonly Resource[] = [
	{
		uri: 'cf-cache://audit/recent',
		name: 'audit_recent',
		title: 'Recent changes',
		description:
			'The last calls of this process that could change something: what, where, by which consent, with what outcome.',
		mimeType: 'application/json',
		read: ({ audit }) => JSON.stringify(audit.recent(), null, 1),
	},
	{
		uri: 'cf-cache://purges/unfinished',
		name: 'purges_unfinished',
		title: 'Unfinished purges',
		description: `Calls of several requests that were not finished within the last ${KEEP_HOURS} hours, with the handle that finishes each.`,
		mimeType: 'application/json',
		read: async ({ unfinished }) => JSON.stringify(await unfinished.list(), null, 1),
	},
];
