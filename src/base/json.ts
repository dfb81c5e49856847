/** Examines, prints and maps JSON values. */

/** Whether a value is an object, and neither null nor a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON with sorted keys: equal values give equal text. */
export function canonicalJson(value: unknown): string {
	return JSON.stringify(value, (_, inner: unknown) =>
		isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
	);
}

/**
 * The value with `change` applied to every string, at any depth, keys included. It is copied only if a string changes,
 * because copies of all answers and results would show in the bench row call.many.
 */
export function mapStrings(value: unknown, change: (text: string) => string): unknown {
	return hasChange(value, change) ? copyStrings(value, change) : value;
}

function hasChange(value: unknown, change: (text: string) => string): boolean {
	if (typeof value === 'string') return change(value) !== value;
	if (Array.isArray(value)) return value.some((item) => hasChange(item, change));
	if (!isObject(value)) return false;
	for (const key in value) if (change(key) !== key || hasChange(value[key], change)) return true;
	return false;
}

function copyStrings(value: unknown, change: (text: string) => string): unknown {
	if (typeof value === 'string') return change(value);
	if (Array.isArray(value)) return value.map((item) => copyStrings(item, change));
	if (!isObject(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [change(key), copyStrings(inner, change)]));
}

/** The value without the members of objects that are null, at any depth: null stands for a member that is absent. */
export function withoutNulls(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutNulls);
	if (!isObject(value)) return value;
	const present = Object.entries(value).filter(([, inner]) => inner !== null);
	return Object.fromEntries(present.map(([key, inner]) => [key, withoutNulls(inner)]));
}
