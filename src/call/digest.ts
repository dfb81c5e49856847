/** Digests arguments for the audit log, which must not hold their values. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../base/json.js';
import { inSlices } from '../base/slices.js';

/** SHA-256 of canonical arguments in hexadecimal: equal calls have equal digests. Long lists are hashed in slices. */
export async function digestArguments(args: Readonly<Record<string, unknown>>): Promise<string> {
	const hash = createHash('sha256');
	for (const name of Object.keys(args).sort()) {
		const value = args[name];
		hash.update(`${JSON.stringify(name)}:`);
		if (!Array.isArray(value)) hash.update(canonicalJson(value) ?? '');
		else for await (const slice of inSlices(value)) hash.update(canonicalJson(slice));
	}
	return hash.digest('hex');
}

/**
 * SHA-256 of arguments as they came, in hexadecimal; of an empty text when they are nested too deep for JSON. Keys keep their
 * order: these arguments were refused, perhaps for their size, and sorting very many keys would hold up all other calls.
 */
export function digestRaw(raw: unknown): string {
	const hash = createHash('sha256');
	try {
		hash.update(JSON.stringify(raw ?? {}) ?? '');
	} catch {
		// Such arguments are refused, and the refusal needs its audit line all the same.
	}
	return hash.digest('hex');
}
