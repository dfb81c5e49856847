/** Makes the example of every operation runnable against a sandbox. */
import { OPERATIONS } from '../../src/operations/index.js';
import { needsZone, type Operation } from '../../src/operations/operation.js';
import { STAGING } from './sandbox.js';
import { type Session, ZONE } from './session.js';

/** Operations whose example can be run. The handle of a resumed call is drawn at random: test/call/resume.test.ts runs that. */
export const RUNNABLE = OPERATIONS.filter(({ resumes }) => !resumes);

const variants = ['variants_edit', { value: { jpeg: ['image/webp'] }, mode: 'merge' }] as const;
const smart = ['smart_tiered_cache_edit', { value: 'on' }] as const;
const mappings = [
	'origin_cloud_regions_bulk_update',
	{
		mappings: [
			{ origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' },
			{ origin_ip: '2001:db8::1', vendor: 'gcp', region: 'us-central1' },
		],
	},
] as const;

/** The call that sets what an example reads or deletes. */
const PREPARATIONS: Readonly<Record<string, readonly [tool: string, args: Record<string, unknown>]>> = {
	variants_get: variants,
	variants_delete: variants,
	smart_tiered_cache_get: smart,
	smart_tiered_cache_delete: smart,
	cache_reserve_clear_status: ['cache_reserve_clear', {}],
	origin_cloud_regions_list: mappings,
	origin_cloud_regions_get: mappings,
	origin_cloud_regions_delete: mappings,
	origin_cloud_regions_bulk_delete: mappings,
};

/** Sets what the example of an operation reads or deletes. */
export async function prepareExample({ name }: Operation, { call }: Pick<Session, 'call'>): Promise<void> {
	const [tool, args] = PREPARATIONS[name] ?? [];
	if (tool) await call(tool, { zone: ZONE, ...args });
}

/** The arguments of the example. The documented id of an environment belongs to none of the sandbox, and is replaced. */
export function exampleOf(operation: Operation): Record<string, unknown> {
	return {
		...(needsZone(operation) && { zone: ZONE }),
		...operation.example,
		...('environment_id' in operation.example && { environment_id: STAGING }),
	};
}
