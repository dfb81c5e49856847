/** Tests which arguments a tool takes besides those of its record. */
import { expect, test } from 'vitest';
import { argumentNames, inputOf, unwrapField, type ZoneArgument } from '../../src/operations/input.js';
import { z } from '../../src/zod.js';
import { operationNamed } from '../support/operations.js';

const namesOf = (tool: string, zoneArgument: ZoneArgument) =>
	Object.keys(inputOf(operationNamed(tool), zoneArgument).shape);

test.for([
	['cache_reserve_get', ['zone']],
	['cache_reserve_edit', ['zone', 'value', 'dry_run']],
	['cache_reserve_clear', ['zone', 'dry_run', 'confirm']],
	['zones_list', ['name', 'page']],
	['origin_cloud_regions_bulk_delete', ['zone', 'origin_ips', 'dry_run', 'confirm']],
	['purge_resume', ['resume', 'dry_run', 'confirm']],
] as const)('%s takes the arguments %j', ([tool, names]) => {
	expect(argumentNames(operationNamed(tool))).toEqual(names);
});

test('a tool whose zone is fixed takes no zone', () => {
	expect(namesOf('cache_reserve_edit', 'fixed')).toEqual(['value', 'dry_run']);
});

test.for([
	['required', false],
	['optional', true],
] as const)('with a zone argument that is %s, a call without a zone is valid: %s', ([zoneArgument, valid]) => {
	expect(inputOf(operationNamed('cache_reserve_get'), zoneArgument).safeParse({}).success).toBe(valid);
});

test('the schemas of a tool are built once', () => {
	const operation = operationNamed('purge_cache');
	expect(inputOf(operation, 'required')).toBe(inputOf(operation, 'required'));
});

test('unwrapField finds the field inside optional, transforms and refinements', () => {
	const field = z.array(z.string());
	const wrapped = field
		.superRefine(() => undefined)
		.transform((items) => items.length)
		.optional();
	expect(unwrapField(wrapped)).toBe(field);
});
