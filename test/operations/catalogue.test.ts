/** Tests the catalogue as a whole: what every operation must have, so that a new one cannot lack it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JsonSchema, type Tool, toTool } from '../../src/mcp/tools.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { inputOf } from '../../src/operations/input.js';
import { needsZone, type Operation, TOOLSETS } from '../../src/operations/operation.js';
import { BASE, findRoute } from '../../src/sandbox/router.js';
import { exampleOf, prepareExample, RUNNABLE } from '../support/examples.js';
import { type Answer, openSession, types, ZONE, ZONE_ID } from '../support/session.js';

const changing = RUNNABLE.filter(({ danger }) => danger !== 'read');
const destructive = OPERATIONS.filter(({ danger }) => danger === 'destroy');

/** Keywords of JSON Schema that some clients refuse a whole list of tools for. */
const UNSUPPORTED = [
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
];

/** Yields a schema and every schema inside it, with its path. */
function* walk(schema: JsonSchema, path = '$'): Generator<[path: string, schema: JsonSchema]> {
	yield [path, schema];
	for (const [name, inner] of Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>))
		yield* walk(inner, `${path}.${name}`);
	if (typeof schema.items === 'object') yield* walk(schema.items as JsonSchema, `${path}[]`);
}

describe('tools/list of the built command', () => {
	let tools: Tool[];
	beforeAll(async () => {
		const { client } = await openSession({ over: 'stdio', until: afterAll });
		({ tools } = (await client.listTools()) as { tools: Tool[] });
	});
	const find = (name: string) => tools.find((tool) => tool.name === name) as Tool;
	const requiring = (argument: string) =>
		tools.filter(({ inputSchema }) => (inputSchema.required as string[] | undefined)?.includes(argument));

	test('has every operation, in the order of the catalogue', () => {
		expect(tools.map(({ name }) => name)).toEqual(OPERATIONS.map(({ name }) => name));
	});

	test.for(OPERATIONS)('shows $name as its reviewed snapshot does', ({ name }) => {
		const snapshot = readFileSync(join(import.meta.dirname, 'snapshots', `${name}.snap.json`), 'utf8');
		expect(find(name)).toEqual(JSON.parse(snapshot));
	});

	test.for(OPERATIONS)('gives $name a name that fits clients with a prefix', ({ name }) => {
		expect(name).toMatch(/^[a-z][a-z_]{2,32}$/);
	});

	test.for(OPERATIONS)('gives $name a title and a description of at most 600 characters', ({ name }) => {
		const { title, description } = find(name);
		expect(title.length).toBeGreaterThan(5);
		expect(description.length).toBeGreaterThan(title.length);
		expect(description.length).toBeLessThanOrEqual(600);
	});

	test.for(OPERATIONS)('gives $name the hints that follow from its danger', ({ name, title, danger, removes }) => {
		expect(find(name).annotations).toMatchObject({
			title,
			readOnlyHint: danger === 'read',
			destructiveHint: danger === 'destroy' || removes === true,
			openWorldHint: true,
		});
	});

	test('marks every tool that can remove something stored as destructive', () => {
		const removing = tools.filter(({ annotations }) => annotations.destructiveHint).map(({ name }) => name);
		const named = tools.map(({ name }) => name).filter((name) => /^purge_|_delete$|_clear$|^variants_edit$/.test(name));
		expect(removing).toEqual(expect.arrayContaining(named));
	});

	test('marks only cache_reserve_clear as not idempotent', () => {
		const others = tools.filter(({ annotations }) => annotations.idempotentHint !== true);
		expect(others.map(({ name, annotations }) => [name, annotations.idempotentHint])).toEqual([
			['cache_reserve_clear', false],
		]);
	});

	test.for(OPERATIONS)('gives $name schemas without keywords that clients refuse', ({ name }) => {
		const { inputSchema, outputSchema } = find(name);
		for (const [path, schema] of [...walk(inputSchema), ...walk(outputSchema)])
			for (const keyword of UNSUPPORTED) expect(schema, path).not.toHaveProperty(keyword);
	});

	test.for(OPERATIONS)('gives $name schemas that are objects, with items in every array', ({ name }) => {
		const { inputSchema, outputSchema } = find(name);
		expect([inputSchema.type, outputSchema.type]).toEqual(['object', 'object']);
		const arrays = [...walk(inputSchema), ...walk(outputSchema)].filter(([, { type }]) => type === 'array');
		for (const [path, { items }] of arrays) expect(items, path).toBeTypeOf('object');
	});

	test.for(OPERATIONS)(
		'gives every argument of $name one type, a description and a name that clients accept',
		({ name }) => {
			for (const [path, schema] of walk(find(name).inputSchema)) {
				expect(schema.type, path).toBeTypeOf('string');
				if (/\.\w+$/.test(path)) expect(schema.description, path).toMatch(/\w{2}/);
				for (const key of Object.keys(schema.properties ?? {})) expect(key).toMatch(/^[a-zA-Z0-9_.-]{1,64}$/);
			}
		},
	);

	test('tells of a code in the answers of exactly those tools that take one', () => {
		const has = (schema: JsonSchema, name: string) => name in (schema.properties as object);
		const taking = tools.filter(({ inputSchema }) => has(inputSchema, 'confirm')).map(({ name }) => name);
		const telling = tools.filter(({ outputSchema }) => has(outputSchema, 'confirm')).map(({ name }) => name);
		expect(telling).toEqual(taking);
		expect(taking).toContain('purge_resume');
	});

	test('requires the zone in every tool of one zone, unless a URL tells it', () => {
		const expected = OPERATIONS.filter((operation) => needsZone(operation) && !operation.zoneOf);
		expect(requiring('zone').map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
	});
});

test('with --zone, no tool requires the zone', async () => {
	const { client } = await openSession({ flags: ['--zone', ZONE] });
	const { tools } = await client.listTools();
	expect(tools.filter(({ inputSchema }) => inputSchema.required?.includes('zone'))).toEqual([]);
});

describe('the catalogue', () => {
	test('has no two operations of one name', () => {
		const names = OPERATIONS.map(({ name }) => name);
		expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
	});

	test('lists the operations of one toolset after the other, and leaves none empty', () => {
		const toolsets = OPERATIONS.map(({ toolset }) => toolset);
		expect(toolsets.filter((toolset, index) => toolset !== toolsets[index - 1])).toEqual([...TOOLSETS]);
	});

	test.for(OPERATIONS.filter(({ route }) => route))('gives $name a route that the sandbox serves', ({ route = '' }) => {
		const [method = '', target = ''] = route.replace('{zone_id}', ZONE_ID).split(' ');
		const path = target.replace(/\?.*/, '');
		// A route with an optional part stands for two.
		for (const one of new Set([path.replace(/\[.*\]/, ''), path.replace(/[[\]]/g, '')]))
			expect(() => findRoute(method, BASE + one.replace(/\{\w+\}/g, 'any'))).not.toThrow();
	});

	test.for(OPERATIONS)('lets $name refuse an unknown argument', (operation) => {
		const parsed = inputOf(operation, 'optional').safeParse({ ...operation.example, surprise: 1 });
		expect(parsed.error?.issues.map(({ code }) => code)).toEqual(['unrecognized_keys']);
	});
});

describe('the example', () => {
	const answers = new Map<string, Promise<Answer>>();
	/** The answer to the example, which runs once for all tests of it. */
	const answerTo = (operation: Operation): Promise<Answer> => {
		const answer = answers.get(operation.name) ?? run(operation);
		answers.set(operation.name, answer);
		return answer;
	};
	const run = async (operation: Operation): Promise<Answer> => {
		const session = await openSession({ user: types(ZONE), until: afterAll });
		await prepareExample(operation, session);
		return session.call(operation.name, exampleOf(operation));
	};

	test.for(RUNNABLE)('of $name runs, and its result fits the output schema', async (operation) => {
		const { text, structured, isError } = await answerTo(operation);
		expect(isError, text).toBe(false);
		expect(structured?.status).toBe('done');
		expect(operation.output.safeParse(structured?.result).error).toBeUndefined();
	});

	test.for(RUNNABLE)('of $name is summed up in text that names the zone', async (operation) => {
		expect((await answerTo(operation)).text).toContain(ZONE);
	});

	test.for(RUNNABLE)('of $name says all in structured content too, with rows in its result', async (operation) => {
		const { text, structured } = await answerTo(operation);
		const summary = String(structured?.summary).split('\n');
		const lines = text.split('\n').filter((line) => !line.startsWith('cf-ray'));
		const hasRows = /list|supported|bulk|overview|analytics|restore/.test(operation.name);
		// Rows stand after the first sentence, and further sentences after them.
		expect(hasRows ? lines.filter((line, at) => at === 0 || summary.includes(line)) : lines).toEqual(summary);
		expect(JSON.stringify({ ...structured, before: 0, result: structured?.result ?? 0 })).not.toContain(':null');
	});

	test.for(RUNNABLE)('of $name has only members that the output schema describes', async (operation) => {
		const { structured } = await answerTo(operation);
		const properties = Object(toTool(operation, 'required').outputSchema.properties);
		expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(structured ?? {})));
	});

	test.for(RUNNABLE.filter(({ name }) => !/list|supported|analytics/.test(name)))(
		'of $name, which lists nothing, is summed up in at most 6 lines',
		async (operation) => {
			expect((await answerTo(operation)).text.split('\n').length).toBeLessThanOrEqual(6);
		},
	);

	test.for(changing)('of $name, which changes something, has the cf-ray in its text', async (operation) => {
		const { text, structured } = await answerTo(operation);
		expect(structured?.cf_ray).toMatch(/^[0-9a-f]{16}-/);
		expect(text).toContain(`cf-ray ${structured?.cf_ray}`);
	});

	test.for(changing)(
		'of $name as a dry run shows the plan, and sends nothing that changes anything',
		async (operation) => {
			const { call, changes } = await openSession({ user: types(ZONE) });
			const { text, structured } = await call(operation.name, { ...exampleOf(operation), dry_run: true });
			expect(structured, text).toMatchObject({
				status: 'dry_run',
				zone: { name: ZONE },
				// A change in steps has the route of its step.
				plan: { method: operation.route?.split(' ')[0] ?? 'PATCH', requests: 1 },
			});
			expect(text).toMatch(/^Dry run: nothing was changed\./);
			expect(changes()).toEqual([]);
		},
	);

	test.for(destructive)(
		'of $name as a dry run tells the consequence, with the zone and its plan',
		async (operation) => {
			const { call } = await openSession({ user: types(ZONE) });
			const { text } = await call(operation.name, { ...exampleOf(operation), dry_run: true });
			expect(text.split('\n')[1]).toContain(`${ZONE} (enterprise)`);
		},
	);
});
