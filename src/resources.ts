/** What a client may read beside calling tools. */
import type { Parts } from './call/parts.js';

/** One resource, as resources/list shows it, with how it is read. */
interface Resource {
	readonly uri: string;
	readonly name: string;
	readonly title: string;
	readonly description: string;
	readonly mimeType: string;
	read(parts: Parts): string;
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
];
