/** Tests how schemas become JSON. */
import { describe, expect, test } from 'vitest';
import { z as zod4 } from 'zod';
import { toJsonSchema } from '../../src/mcp/tools.js';
import { z } from '../../src/zod.js';

describe('toJsonSchema', () => {
	test('keeps the properties of a zod 3 object, and lists the required ones', () => {
		const schema = z.object({ name: z.string().describe('A name'), size: z.number().optional() }).strict();
		expect(toJsonSchema(schema)).toEqual({
			type: 'object',
			properties: { name: { type: 'string', description: 'A name' }, size: { type: 'number' } },
			required: ['name'],
		});
	});

	test('refuses a zod 4 object, of which the converter would make an empty schema', () => {
		const foreign = zod4.object({ name: zod4.string() }) as unknown as z.AnyZodObject;
		expect(() => toJsonSchema(foreign)).toThrow('zod 3');
	});

	test('refuses an object with a refinement, whose fields cannot be counted', () => {
		const refined = z.object({ name: z.string() }).refine(Boolean) as unknown as z.AnyZodObject;
		expect(() => toJsonSchema(refined)).toThrow('zod 3');
	});
});
