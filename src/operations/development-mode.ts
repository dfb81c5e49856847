/** Defines development mode, which turns the cache of a zone off for three hours. */
import { z } from '../zod.js';
import { onOff } from './fields.js';
import { defineOperation } from './operation.js';
import { describeChange } from './setting.js';
import { formatNumber } from './wording.js';

const ROUTE = '/zones/{zone_id}/settings/development_mode';

const developmentModeEdit = defineOperation({
	name: 'development_mode_edit',
	title: 'Turn development mode on or off',
	description:
		'On: nothing of the zone is served from the cache (all DYNAMIC) for 3 hours; it ends by itself. It purges nothing, so the old content is back afterwards.',
	toolset: 'zone',
	permission: 'Zone Settings',
	danger: 'change',
	route: `PATCH ${ROUTE}`,
	current: { route: `GET ${ROUTE}` },
	input: z.object({ value: onOff }).strict(),
	output: z.object({ value: z.string(), time_remaining: z.number().optional().catch(undefined) }),
	summarize: (outcome) => {
		const { value, time_remaining: seconds } = outcome.result;
		const effect =
			value === 'on'
				? `Everything comes from the origin${seconds ? ` for ${formatNumber(seconds)} s` : ''}, then it ends by itself.`
				: 'Content is served from the cache again.';
		return `${describeChange('Development mode', outcome)} ${effect} Nothing was purged.`;
	},
	example: { value: 'on' },
});

/** The tools of this family, in listing order. */
export const developmentModeOperations = [developmentModeEdit];
