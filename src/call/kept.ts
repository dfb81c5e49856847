/** Compares what came back after a change with what was asked for: Cloudflare may answer with success and keep the old value. */

import { canonicalJson, isObject } from '../base/json.js';
import { quoteJson, showOnOff } from '../base/sanitize.js';
import type { ApiAnswer } from '../cloudflare/api.js';
import { ApiError } from '../errors.js';

/** A change that was answered with success. */
interface Change {
	readonly zoneName: string;
	/** The body that was sent. */
	readonly asked: unknown;
	/** The result, as far as the record knows it. */
	readonly result: unknown;
	/** The value before; undefined when it was not read. */
	readonly before: unknown;
	readonly answer: ApiAnswer;
}

/** Throws an ApiError where a member of the result differs from that of the body. Members that did not come back say nothing. */
export function refuseKept({ zoneName, asked, result, before, answer }: Change): void {
	if (!isObject(asked) || !isObject(result)) return;
	const name = Object.keys(asked).find(
		(member) => COMPARED.has(member) && member in result && !isEqual(asked[member], result[member]),
	);
	if (name === undefined) return;
	const isOld = isObject(before) && isEqual(before[name], result[name]);
	throw new ApiError(
		`Cloudflare reported success, but ${name} on ${zoneName} is ${isOld ? 'still ' : ''}${show(result[name])}: ${show(asked[name])} was asked for.`,
		{
			status: answer.status,
			ray: answer.ray,
			changed: isOld ? 'no' : 'unknown',
			advice:
				result.editable === false
					? 'Cloudflare says that this zone cannot change the setting: its plan may fix it.'
					: 'Read the current state before you repeat the call. The zone plan or another setting may fix this value.',
		},
	);
}

/** Not the address, which has several spellings: the path holds the one that was meant. */
const COMPARED: ReadonlySet<string> = new Set(['value', 'vendor', 'region']);

/** Whether two values are equal. The order of a list means nothing here. */
const isEqual = (one: unknown, other: unknown) => canonicalJson(sorted(one)) === canonicalJson(sorted(other));

function sorted(value: unknown): unknown {
	if (Array.isArray(value)) return [...value].sort();
	if (!isObject(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, sorted(inner)]));
}

const show = (value: unknown) => (value === 'on' || value === 'off' ? showOnOff(value) : quoteJson(value, 300));
