/** Lists the zones that the caller can see, with filters, order and pages, and reads one. */
import { type Answer, succeed } from './answers.js';
import type { Call } from './call.js';
import { developmentModeSeconds } from './development-mode.js';
import { badRequest } from './failures.js';
import { cutPage, readPage } from './pages.js';
import type { Zone } from './zones.js';

type Comparison = (text: string, wanted: string) => boolean;

const COMPARISONS: Record<string, Comparison> = {
	equal: (text, wanted) => text === wanted,
	not_equal: (text, wanted) => text !== wanted,
	starts_with: (text, wanted) => text.startsWith(wanted),
	ends_with: (text, wanted) => text.endsWith(wanted),
	contains: (text, wanted) => text.includes(wanted),
};
const FILTER = /^(equal|not_equal|starts_with|ends_with|contains)(_case_sensitive)?:(.*)$/s;

const ORDERS: Record<string, (zone: Zone) => string> = {
	name: ({ facts }) => facts.name,
	status: ({ facts }) => facts.status,
	'account.id': ({ facts }) => facts.account.id,
	'account.name': ({ facts }) => facts.account.name,
	'plan.id': ({ facts }) => facts.plan.id,
};

/** GET /zones. */
export function listZones({ visible, query, behavior }: Call): Answer {
	const page = readPage(query, 5, 50);
	const filters = readFilters(query);
	const types = query.get('type')?.split(',') ?? ['full', 'partial', 'secondary'];
	const any = query.get('match') === 'any' && filters.length > 0;
	const found = visible
		.filter(({ facts }) => types.includes(facts.type))
		.filter((zone) => (any ? filters.some((test) => test(zone)) : filters.every((test) => test(zone))));
	const { items, result_info } = cutPage(sortZones(found, query), page);
	return succeed(
		items.map((zone) => describeZone(zone, behavior.now())),
		{ result_info },
	);
}

/** GET /zones/{zone_id}. */
export function showZone(zone: Zone, { behavior }: Call): Answer {
	return succeed(describeZone(zone, behavior.now()));
}

function describeZone(zone: Zone, now: number): Zone['facts'] {
	return { ...zone.facts, development_mode: developmentModeSeconds(zone, now) };
}

function readFilters(query: URLSearchParams): ((zone: Zone) => boolean)[] {
	const filters: ((zone: Zone) => boolean)[] = [];
	const name = query.get('name');
	const account = query.get('account.name');
	const status = query.get('status');
	const accountId = query.get('account.id');
	if (name !== null) filters.push(({ facts }) => compareText(facts.name, name));
	if (account !== null) filters.push(({ facts }) => compareText(facts.account.name, account));
	if (status !== null) filters.push(({ facts }) => facts.status === status);
	if (accountId !== null) filters.push(({ facts }) => facts.account.id === accountId);
	if ([name, account].some((text) => text !== null && text.length > 253)) {
		throw badRequest('a name filter must not be longer than 253 characters');
	}
	return filters;
}

function compareText(text: string, filter: string): boolean {
	const [, operator = 'equal', exact, wanted = filter] = FILTER.exec(filter) ?? [];
	const compare = COMPARISONS[operator];
	if (compare === undefined) return false;
	return exact ? compare(text, wanted) : compare(text.toLowerCase(), wanted.toLowerCase());
}

function compare(a: string, b: string): number {
	if (a === b) return 0;
	return a < b ? -1 : 1;
}

function sortZones(zones: Zone[], query: URLSearchParams): Zone[] {
	const order = query.get('order') ?? '';
	const read = Object.hasOwn(ORDERS, order) ? ORDERS[order] : undefined;
	const sorted = read === undefined ? [...zones] : zones.toSorted((a, b) => compare(read(a), read(b)));
	return query.get('direction') === 'desc' ? sorted.reverse() : sorted;
}
