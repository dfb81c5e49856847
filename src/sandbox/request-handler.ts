/** Passes a request through all checks, in order, to its operation. The one place that catches failures. */
import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, Failure, fail } from './answers.js';
import { type Body, isRecord } from './body.js';
import type { Behavior, Call } from './call.js';
import { authenticate, type Caller, type Rights } from './credentials.js';
import { forbidden, foreignZone } from './failures.js';
import type { Limits } from './limits.js';
import { findRoute } from './router.js';
import type { Zone } from './zones.js';

/** Everything that one sandbox stores. */
export interface SandboxState {
	zones: Zone[];
	tokens: Record<string, Rights>;
	behavior: Behavior;
	limits: Limits;
}

/** A request whose body was read. */
interface Request {
	method: string;
	path: string;
	query: string;
	headers: IncomingHttpHeaders;
	body: Body;
}

/** Answers any request, and never throws. A given `refusal` is the answer: the operation is not run, and nothing is counted. */
export function answerRequest(state: SandboxState, request: Request, refusal?: Failure): Answer {
	let caller: Caller | undefined;
	let answer: Answer;
	try {
		caller = authenticate(request.headers, state.tokens);
		if (refusal !== undefined) throw refusal;
		state.limits.admit(caller, !purgesOnlyFiles(request));
		answer = runOperation(state, request, caller);
	} catch (error) {
		answer = fail(error instanceof Failure ? error : defect(error));
	}
	return { ...answer, headers: { ...state.limits.describe(caller), ...answer.headers } };
}

function defect(error: unknown): Failure {
	return new Failure(500, { code: 10500, message: `The sandbox has a defect: ${String(error)}` }).invented('all of it');
}

function purgesOnlyFiles({ path, body }: Request): boolean {
	const value = body.parsed?.value;
	if (!/\/(?:purge|invalidate)_cache$/.test(path) || !isRecord(value)) return false;
	const otherKinds = ['purge_everything', 'tags', 'hosts', 'prefixes'].filter((name) => Object.hasOwn(value, name));
	return Array.isArray(value.files) && otherKinds.length === 0;
}

function runOperation(state: SandboxState, { method, path, query, headers, body }: Request, caller: Caller): Answer {
	const { zones, behavior, limits } = state;
	const { route, parameters } = findRoute(method, path);
	const visible = zones.filter((zone) => canSee(caller, zone));
	const zone = 'handleZone' in route ? findZone(zones, visible, parameters.zone_id) : undefined;
	const { permissions } = caller;
	if (permissions && route.permissions && !route.permissions.some((one) => permissions.includes(one))) {
		throw forbidden();
	}
	if (body.tooLong)
		throw new Failure(413, { code: 10413, message: 'The request body is too large' }).invented('code and message');
	const contentType = headers['content-type'] ?? '';
	const call: Call = {
		caller,
		visible,
		parameters,
		path,
		query: new URLSearchParams(query),
		contentType,
		body,
		behavior,
		limits,
	};
	if ('handle' in route) return route.handle(call);
	if (zone === undefined) throw foreignZone();
	return route.handleZone(zone, call);
}

function findZone(zones: Zone[], visible: Zone[], id: string | undefined): Zone {
	const zone = zones.find(({ facts }) => facts.id === id);
	if (zone === undefined) throw foreignZone();
	if (!visible.includes(zone)) throw forbidden();
	return zone;
}

function canSee({ zones }: Caller, { facts }: Zone): boolean {
	return zones === undefined || zones.includes(facts.id) || zones.includes(facts.name);
}
