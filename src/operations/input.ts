/** The whole input of a tool: the record's own fields and those that follow from what the operation is. */
import { z } from '../zod.js';
import { needsZone, type Operation } from './operation.js';

const zone = z.string().describe('Zone name or id');
const dryRun = z.boolean().optional().describe('Only show the plan');
const confirm = z.string().optional().describe('Code from the first answer');

/** The strict schema of a tool's arguments. `zoneOptional` when a default zone is configured. */
export function inputOf(operation: Operation, zoneOptional: boolean): z.AnyZodObject {
	return z
		.object({
			...(needsZone(operation) && { zone: zoneOptional ? zone.optional() : zone }),
			...operation.input.shape,
			...(operation.danger !== 'read' && { dry_run: dryRun }),
			...(operation.danger === 'destroy' && { confirm }),
		})
		.strict();
}

/** The names of a tool's arguments. */
export function argumentNames(operation: Operation): string[] {
	return Object.keys(inputOf(operation, true).shape);
}
