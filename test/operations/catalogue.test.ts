/** The catalogue as a whole: what every record owes, so that a new one cannot forget it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JsonSchema, type Tool, toJsonSchema, toTool } from '../../src/mcp/tools.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { inputOf } from '../../src/operations/input.js';
import { TOOLSETS } from '../../src/operations/operation.js';
import { ROUTES } from '../../src/sandbox/routes.js';
import { z } from '../../src/zod.js';
import { connect, type Session, types, ZONE } from '../support/session.js';

let tools: Tool[];
let instructions: string;
beforeAll(async () => {
	const { client } = await connect({ spawn: true, until: afterAll });
	({ tools } = (await client.listTools()) as { tools: Tool[] });
	instructions = client.getInstructions() ?? '';
});
const find = (name: string) => tools.find((tool) => tool.name === name) as Tool;

/** What a tool itself says of an argument. */
const explanationOf = ({ inputSchema }: Tool, argument: string) =>
	(inputSchema.properties as Record<string, JsonSchema> | undefined)?.[argument]?.description;

/** Every schema inside a schema, with where it is. */
function* walk(schema: JsonSchema, path = '$'): Generator<[string, JsonSchema]> {
	yield [path, schema];
	for (const [name, inner] of Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>))
		yield* walk(inner, `${path}.${name}`);
	if (typeof schema.items === 'object') yield* walk(schema.items as JsonSchema, `${path}[]`);
}

describe('tools/list, as emitted', () => {
	test('holds every operation once, in listing order', () => {
		expect(tools.map(({ name }) => name)).toEqual(OPERATIONS.map(({ name }) => name));
		expect(new Set(tools.map(({ name }) => name)).size).toBe(31);
	});

	test.for(OPERATIONS)('$name is listed as its reviewed snapshot says', ({ name }) => {
		const snapshot = readFileSync(join(import.meta.dirname, 'snapshots', `${name}.snap.json`), 'utf8');
		expect(find(name)).toEqual(JSON.parse(snapshot));
	});

	test.for(OPERATIONS)('$name fits what clients accept', ({ name, danger }) => {
		const { title, description, inputSchema, outputSchema, annotations } = find(name);
		expect(name).toMatch(/^[a-z][a-z_]{2,32}$/);
		expect(title.length).toBeGreaterThan(5);
		expect(description.length).toBeLessThanOrEqual(600);
		expect(annotations).toMatchObject({
			title,
			readOnlyHint: danger === 'read',
			destructiveHint: danger === 'destroy',
			openWorldHint: true,
		});
		expect(annotations.idempotentHint).toBeTypeOf('boolean');
		for (const root of [inputSchema, outputSchema]) {
			expect(root.type).toBe('object');
			for (const [path, schema] of walk(root)) {
				for (const key of [
					'$schema',
					'$ref',
					'$defs',
					'additionalProperties',
					'propertyNames',
					'exclusiveMinimum',
					'exclusiveMaximum',
					'anyOf',
					'oneOf',
					'allOf',
					'if',
					'not',
					'format',
					'nullable',
					'const',
				])
					expect(schema, `${path} has ${key}`).not.toHaveProperty(key);
				if (root === inputSchema) expect(schema.type, path).toBeTypeOf('string');
				if (schema.type === 'array') expect(schema.items, path).toBeTypeOf('object');
				for (const key of Object.keys(schema.properties ?? {})) expect(key).toMatch(/^[a-zA-Z0-9_.-]{1,64}$/);
			}
		}
	});

	test.for(OPERATIONS)('$name describes every argument, or names the tool that does', ({ name }) => {
		const tool = find(name);
		const other = /[Aa]rguments as in (\w+)/.exec(tool.description ?? '')?.[1];
		for (const argument of Object.keys(tool.inputSchema.properties ?? {})) {
			// What all changing tools have in common is said once.
			if (argument === 'dry_run') expect(instructions).toContain(argument);
			else
				expect(explanationOf(tool, argument) ?? (other && explanationOf(find(other), argument)), argument).toBeTypeOf(
					'string',
				);
		}
	});

	test('requires the zone, unless there is a default one', async () => {
		const needy = tools.filter(({ inputSchema }) => (inputSchema.required as string[] | undefined)?.includes('zone'));
		// A call that goes on with another knows its zone: tools that take a handle cannot require one.
		const fresh = OPERATIONS.filter(({ name, split }) => name !== 'zones_list' && !split);
		expect(needy.map(({ name }) => name)).toEqual(fresh.map(({ name }) => name));
		const { client } = await connect({ flags: ['--zone', ZONE] });
		const listed = (await client.listTools()).tools;
		expect(listed.filter(({ inputSchema }) => inputSchema.required?.includes('zone'))).toEqual([]);
	});
});

describe('every record', () => {
	test.for(OPERATIONS.filter(({ route }) => route))('$name has a route that the API has', ({ route }) => {
		const plain = (route ?? '').replace(/\?.*/, '');
		const variants = plain.includes('[') ? [plain.replace(/\[.*\]/, ''), plain.replace(/[[\]]/g, '')] : [plain];
		for (const variant of variants) expect(Object.keys(ROUTES)).toContain(variant);
	});

	test.for(OPERATIONS)('$name refuses an argument it does not know', ({ name }) => {
		const operation = OPERATIONS.find((one) => one.name === name);
		const parsed = operation && inputOf(operation, 'optional').safeParse({ ...operation.example, surprise: 1 });
		expect(parsed?.error?.issues.map(({ code }) => code)).toEqual(['unrecognized_keys']);
	});

	test.for(OPERATIONS)('$name belongs to a toolset', ({ toolset }) => {
		expect(TOOLSETS).toContain(toolset);
	});
});

describe('the example of every record', () => {
	/** What has to be there before an example makes sense. */
	const before: Record<string, [string, Record<string, unknown>][]> = {
		variants_get: [['variants_edit', { value: { jpeg: ['image/webp'] }, mode: 'merge' }]],
		variants_delete: [['variants_edit', { value: { jpeg: ['image/webp'] }, mode: 'merge' }]],
		smart_tiered_cache_get: [['smart_tiered_cache_edit', { value: 'on' }]],
		smart_tiered_cache_delete: [['smart_tiered_cache_edit', { value: 'on' }]],
		cache_reserve_clear_status: [['cache_reserve_clear', {}]],
	};
	const mapped: [string, Record<string, unknown>] = [
		'origin_cloud_regions_bulk_update',
		{
			mappings: [
				{ origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' },
				{ origin_ip: '2001:db8::1', vendor: 'gcp', region: 'us-central1' },
			],
		},
	];
	// The documented environment id belongs to no environment of the sandbox.
	const STAGING = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

	test.for(OPERATIONS)(
		'$name runs, fits its output schema and gives a summary',
		async ({ name, example, output, danger }) => {
			const session: Session = await connect({ person: types(ZONE) });
			for (const [tool, args] of before[name] ?? (name.startsWith('origin_') ? [mapped] : []))
				await session.call(tool, { zone: ZONE, ...args });
			const environment = 'environment_id' in example ? { environment_id: STAGING } : {};
			const zone = name === 'zones_list' ? {} : { zone: ZONE };
			const { text, structured, isError } = await session.call(name, { ...zone, ...example, ...environment });
			expect(isError, text).toBe(false);
			expect(structured?.status).toBe('done');
			expect(() => output.parse(structured?.result)).not.toThrow();
			if (!/list|supported/.test(name)) expect(text.split('\n').length).toBeLessThanOrEqual(6);
			expect(text).toContain(ZONE);
			if (danger !== 'read') expect(text).toContain(String(structured?.cf_ray));
		},
	);

	test.for(OPERATIONS.filter(({ danger }) => danger !== 'read'))(
		'$name as a dry run changes nothing and shows its plan',
		async ({ name, example, route }) => {
			const { call, changes } = await connect({ person: types(ZONE) });
			const { text, structured, isError } = await call(name, { zone: ZONE, ...example, dry_run: true });
			expect(isError, text).toBe(false);
			expect(structured).toMatchObject({
				status: 'dry_run',
				zone: { name: ZONE },
				plan: { method: route?.split(' ')[0], requests: 1 },
			});
			expect(text).toMatch(/^Dry run: nothing was changed\./);
			expect(changes()).toEqual([]);
		},
	);
});

test('a schema that the converter would turn into an empty one is refused', async () => {
	const { z: four } = await import('zod');
	const foreign = four.object({ name: four.string() }) as unknown as z.AnyZodObject;
	expect(() => toJsonSchema(foreign)).toThrow('zod 3');
	expect(() => toJsonSchema(z.object({ name: z.string() }).refine(Boolean) as unknown as z.AnyZodObject)).toThrow(
		'zod 3',
	);
});

test('a tool is the same however often it is made', () => {
	for (const operation of OPERATIONS) expect(toTool(operation, 'required')).toEqual(toTool(operation, 'required'));
});
