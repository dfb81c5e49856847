/** Finds the values that complete an argument: zones, environments, vendors and regions, through the tools that list them. */
import { isObject } from '../base/json.js';
import type { Deps } from '../call/context.js';
import { VENDORS } from '../operations/mapping.js';
import type { Caller } from './caller.js';
import type { Loaded } from './methods.js';

/** What the user has typed. */
export interface Typed {
	/** Of the argument itself. */
	readonly value: string;
	/** Of the other arguments, by name. */
	readonly others: ReadonlyMap<string, string>;
}

/** Gives the values that begin with what the user has typed. */
type Complete = (typed: Typed, loaded: Loaded, caller: Caller) => Promise<readonly string[]>;

/** How long an answer serves further keystrokes. */
const KEEP_MS = 60_000;
/** Answers that are kept for one server: each keystroke may ask for another. */
const MAX_KEPT = 100;

/** What completes each argument, by its name. Prompts and templates use one name for one thing. */
export const COMPLETIONS: ReadonlyMap<string, Complete> = new Map<string, Complete>([
	['zone', completeZone],
	['environment', completeEnvironment],
	['vendor', async ({ value }) => beginWith(VENDORS, value)],
	['region', completeRegion],
	[
		'snapshot',
		async ({ value }, { deps }) =>
			beginWith(
				(await deps.snapshots.list()).map(({ id }) => id),
				value,
			),
	],
]);

async function completeZone({ value }: Typed, loaded: Loaded, caller: Caller): Promise<readonly string[]> {
	const part = value.trim().toLowerCase();
	// The tool takes letters, digits, dots and hyphens; nothing else begins the name of a zone.
	if (!/^[a-z0-9.-]*$/.test(part)) return [];
	const rows = await listOnce(loaded, caller, 'zones_list', part === '' ? {} : { name: part });
	return beginWith(namesIn(rows), part);
}

async function completeEnvironment(
	{ value, others }: Typed,
	loaded: Loaded,
	caller: Caller,
): Promise<readonly string[]> {
	const zone = others.get('zone');
	if (zone === undefined) return [];
	const result = await listOnce(loaded, caller, 'environments_list', { zone });
	return beginWith(namesIn(isObject(result) ? result.environments : undefined), value);
}

async function completeRegion({ value, others }: Typed, loaded: Loaded, caller: Caller): Promise<readonly string[]> {
	const [zone, vendor] = [others.get('zone'), others.get('vendor')];
	if (zone === undefined) return [];
	const result = await listOnce(loaded, caller, 'origin_cloud_regions_supported', { zone });
	const vendors = isObject(result) && isObject(result.vendors) ? result.vendors : {};
	const lists = Object.entries(vendors).filter(
		([name]) => vendor === undefined || vendor === '' || name === vendor.toLowerCase(),
	);
	return beginWith([...new Set(lists.flatMap(([, list]) => namesIn(list)))], value);
}

function beginWith(values: readonly string[], typed: string): readonly string[] {
	const start = typed.toLowerCase();
	return values.filter((one) => one.toLowerCase().startsWith(start));
}

function namesIn(rows: unknown): string[] {
	return Array.isArray(rows)
		? rows.flatMap((row: unknown) => (isObject(row) && typeof row.name === 'string' ? [row.name] : []))
		: [];
}

interface Kept {
	readonly until: number;
	readonly result: Promise<unknown>;
}

/** Answers of each server, by tool and arguments. */
const KEPT = new WeakMap<Deps, Map<string, Kept>>();

/** The result of a tool that lists, undefined where it fails. It passes all checks of a call, and is kept for KEEP_MS. */
function listOnce(
	{ deps, callTool }: Loaded,
	caller: Caller,
	name: string,
	args: Readonly<Record<string, string>>,
): Promise<unknown> {
	const kept = KEPT.get(deps) ?? new Map<string, Kept>();
	KEPT.set(deps, kept);
	const key = JSON.stringify([name, args]);
	const now = deps.clock.now();
	const known = kept.get(key);
	if (known && known.until > now) return known.result;
	if (kept.size >= MAX_KEPT) kept.clear();
	const result = callTool(deps, { name, args }, caller).then(
		({ isError, structuredContent }) => {
			// A failure may pass, and a cancelled call is none: the next keystroke asks again.
			if (isError) kept.delete(key);
			return isError ? undefined : structuredContent?.result;
		},
		(error: unknown) => {
			kept.delete(key);
			throw error;
		},
	);
	kept.set(key, { until: now + KEEP_MS, result });
	return result;
}
