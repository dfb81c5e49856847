/** Defines cache_inspect: fetches a URL as a visitor does, and says why it is cached or not. */
import { isHexId } from '../../base/identifiers.js';
import { ApiError, CancelledError, ErrorCode, Failure } from '../../errors.js';
import { z } from '../../zod.js';
import {
	type CacheRule,
	cacheResponseRulesGet,
	cacheRulesGet,
	matchesPageRule,
	mentionsUrl,
	type PageRule,
	pageRulesList,
} from '../cache-rules.js';
import { type CompositeContext, defineOperation, type Operation } from '../operation.js';
import { permissionOf } from '../permission.js';
import { visitedUrl, visitorHeaders } from '../visited-url.js';
import { zoneGet } from '../zone.js';
import { type Evidence, type Probe, toProbe } from './evidence.js';
import { findTracedKey, requestTrace } from './trace.js';
import { describeInspection, inspection, toInspection } from './wording.js';

/** Between two requests, so that the first one can be stored. */
const PAUSE_MS = 1_000;
const MAX_REQUESTS = 3;
const TIME_LIMIT_MS = 40_000;

const input = z
	.object({
		url: visitedUrl.describe('Absolute URL'),
		repeat: z.number().int().min(1).max(MAX_REQUESTS).optional().describe('Requests, 2 if absent'),
		headers: visitorHeaders.optional(),
		trace: z.boolean().optional().describe('Ask Cloudflare Trace for the cache key'),
	})
	.strict();
type Args = z.output<typeof input>;

const cacheInspect = defineOperation({
	name: 'cache_inspect',
	title: 'Inspect how a URL is cached',
	description:
		'Says why a URL is cached or not: fetches it like a visitor, reads the rules, and gives the purge for it. Use it when a page is stale or a purge seems to fail. It may fill one data centre and load the origin.',
	toolset: 'zone',
	permission: 'Zone',
	danger: 'read',
	input,
	output: inspection,
	zoneOf: ({ url }) => new URL(url).hostname,
	hosts: ({ url }) => [['url', undefined, new URL(url).hostname]],
	timeLimitMs: TIME_LIMIT_MS,
	run: async (context) => {
		const [probes, facts] = await Promise.all([fetchRepeatedly(context), readFacts(context)]);
		const { hostname: host, pathname: path, search } = new URL(context.args.url);
		return toInspection({
			...facts,
			url: context.args.url,
			host,
			path,
			query: search.slice(1),
			sent: context.args.headers ?? {},
			probes: probes.probes,
			unread: [...probes.failures, ...facts.unread],
		});
	},
	summarize: describeInspection,
	example: { url: 'https://example.com/app.js' },
});

/** What the requests got. Only a failure of the first one fails the call. */
async function fetchRepeatedly({
	args: { url, headers = {}, repeat = 2 },
	visit,
	wait,
}: CompositeContext<Args>): Promise<{ probes: [Probe, ...Probe[]]; failures: string[] }> {
	const probes: [Probe, ...Probe[]] = [toProbe(await visit(url, headers))];
	while (probes.length < repeat) {
		await wait(PAUSE_MS);
		try {
			probes.push(toProbe(await visit(url, headers)));
		} catch (error) {
			if (error instanceof CancelledError || !(error instanceof Failure)) throw error;
			return { probes, failures: [`A further request failed: ${error.message}`] };
		}
	}
	return { probes, failures: [] };
}

type Facts = Pick<Evidence, 'zone' | 'rules' | 'pageRules' | 'tracedKey' | 'unread'>;

/** What the API tells of the zone. What cannot be read is said, and fails nothing. */
async function readFacts(context: CompositeContext<Args>): Promise<Facts> {
	const { args, zone } = context;
	const unread: string[] = [];
	const tryRead = async <Result>(label: string, operation: Operation, given = {}): Promise<Result | undefined> => {
		try {
			return (await context.read(operation, given)).result as Result;
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			if (!isUnused(error)) unread.push(explain(label, operation, error));
			return undefined;
		}
	};
	const [state, ...phases] = await Promise.all([
		tryRead<z.output<typeof zoneGet.output>>('The state of the zone', zoneGet),
		tryRead<{ rules: CacheRule[] }>('Cache Rules', cacheRulesGet),
		tryRead<{ rules: CacheRule[] }>('Cache Response Rules', cacheResponseRulesGet),
	]);
	const pageRules = (await tryRead<PageRule[]>('Page Rules', pageRulesList)) ?? [];
	const account: unknown = state?.account?.id;
	const trace = args.trace && (await traceOf(args, account, tryRead, unread));
	const rules = phases.flatMap((phase) => phase?.rules ?? []);
	return {
		zone: { ...zone.state, ...state, plan: zone.plan },
		rules: rules.filter(({ enabled, expression = '' }) => enabled !== false && mentionsUrl(expression, args.url)),
		pageRules: pageRules.filter((rule) => matchesPageRule(rule, args.url)),
		tracedKey: trace ? findTracedKey(trace) : undefined,
		unread,
	};
}

async function traceOf(
	{ url, headers = {} }: Args,
	account: unknown,
	tryRead: (label: string, operation: Operation, given: object) => Promise<unknown>,
	unread: string[],
): Promise<unknown> {
	if (typeof account === 'string' && isHexId(account))
		return tryRead('Cloudflare Trace', requestTrace, { account_id: account, url, headers });
	unread.push('Cloudflare Trace was not asked: the account of the zone is unknown.');
	return undefined;
}

/** A phase that was never used has no rules. */
function isUnused(error: Failure): boolean {
	return error instanceof ApiError && error.has(ErrorCode.noEntrypoint);
}

function explain(label: string, operation: Operation, error: Failure): string {
	if (error instanceof ApiError && error.reason === 'permission')
		return `${label}: not read, because the token lacks ${permissionOf(operation)}.`;
	return `${label}: not read. ${error.message}`;
}

/** The tools of this family, in listing order. */
export const inspectOperations = [cacheInspect];
