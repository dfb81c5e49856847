/**
 * States what the MCP registry demands of the fields that our server.json has. The limits are those of
 * https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json. Any other field is refused here.
 */
import { z } from '../../src/zod.js';

/** One version, not a range. */
const version = z
	.string()
	.min(1)
	.max(255)
	.regex(/^(?!latest$)[^\s^~><=*]+$/);

const variable = z
	.object({
		name: z.string().min(1),
		description: z.string().min(1),
		format: z.enum(['string', 'number', 'boolean', 'filepath']).optional(),
		choices: z.array(z.string().min(1)).min(1).optional(),
		default: z.string().min(1).optional(),
		isRequired: z.boolean().optional(),
		isSecret: z.boolean().optional(),
	})
	.strict();

const npmPackage = z
	.object({
		registryType: z.literal('npm'),
		identifier: z.string().min(1),
		version,
		runtimeHint: z.literal('npx'),
		transport: z.object({ type: z.literal('stdio') }).strict(),
		environmentVariables: z.array(variable),
	})
	.strict();

/** A server.json that offers npm packages. */
export const serverJson = z
	.object({
		$schema: z.literal('https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json'),
		// A reversed domain and a name, with exactly one slash.
		name: z
			.string()
			.min(3)
			.max(200)
			.regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
		title: z.string().min(1).max(100),
		description: z.string().min(1).max(100),
		repository: z
			.object({ url: z.string().url(), source: z.string().min(1) })
			.strict()
			.optional(),
		websiteUrl: z.string().url().optional(),
		version,
		packages: z.array(npmPackage).min(1),
	})
	.strict();
