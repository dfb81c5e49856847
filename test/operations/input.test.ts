/** Tests which arguments a tool takes besides those of its record. */
import { describe, expect, test } from 'vitest';
import { argumentNames, freshInputOf, inputOf, unwrapField, type ZoneArgument } from '../../src/operations/input.js';
import { z } from '../../src/zod.js';
import { operationNamed } from '../support/operations.js';

const namesOf = (tool: string, zoneArgument: ZoneArgument) =>
	Object.keys(inputOf(operationNamed(tool), zoneArgument).shape);

test.for([
	['cache_reserve_get', ['zone']],
	['cache_reserve_edit', ['zone', 'value', 'dry_run']],
	['cache_reserve_clear', ['zone', 'dry_run', 'confirm']],
	['zones_list', ['name', 'page']],
	['origin_cloud_regions_bulk_delete', ['zone', 'origin_ips', 'dry_run', 'confirm', 'resume']],
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

describe('a tool that sends several requests', () => {
	const operation = operationNamed('origin_cloud_regions_bulk_delete');

	test('takes a handle alone', () => {
		expect(inputOf(operation, 'required').safeParse({ resume: 'abcdefghjk' }).success).toBe(true);
	});

	test('requires the arguments of a new call, which has no handle', () => {
		const parsed = freshInputOf(operation, 'required').safeParse({ resume: 'abcdefghjk' });
		expect(parsed.error?.issues.map(({ code, path }) => [code, path.join()])).toEqual([
			['invalid_type', 'zone'],
			['invalid_type', 'origin_ips'],
			['unrecognized_keys', ''],
		]);
	});
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
