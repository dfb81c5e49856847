/** The way of a request through the checks, in their order, to its operation; the one place that catches. */
import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, Failure, fail } from './answers.js';
import { type Body, isRecord } from './body.js';
import type { Behaviour, Call } from './call.js';
import { authenticate, type Caller, type Rights } from './credentials.js';
import { forbidden, foreignZone } from './failures.js';
import type { Limits } from './limits.js';
import { findRoute } from './router.js';
import type { Zone } from './zones.js';

/** Everything one sandbox keeps. */
export interface State {
	zones: Zone[];
	tokens: Record<string, Rights>;
	behaviour: Behaviour;
	limits: Limits;
}

/** A request whose body was read. */
export interface Request {
	method: string;
	path: string;
	query: string;
	headers: IncomingHttpHeaders;
	body: Body;
}

/** Answers any request; it never throws. With a refusal nothing is done or counted, the refusal is the answer. */
export function answerRequest(state: State, request: Request, refusal?: Failure): Answer {
	let caller: Caller | undefined;
	let answer: Answer;
	try {
		caller = authenticate(request.headers, state.tokens);
		if (refusal !== undefined) throw refusal;
		state.limits.admit(caller, !purgesFiles(request));
		answer = pass(state, request, caller);
	} catch (error) {
		answer = fail(error instanceof Failure ? error : defect(error));
	}
	return { ...answer, headers: { ...state.limits.describe(caller), ...answer.headers } };
}

function defect(error: unknown): Failure {
	return new Failure(500, { code: 10500, message: `The sandbox has a defect: ${String(error)}` });
}

function purgesFiles({ path, body }: Request): boolean {
	const value = body.parsed?.value;
	if (!/\/(?:purge|invalidate)_cache$/.test(path) || !isRecord(value)) return false;
	const others = ['purge_everything', 'tags', 'hosts', 'prefixes'].some((name) => Object.hasOwn(value, name));
	return Array.isArray(value.files) && !others;
}

function pass(state: State, { method, path, query, headers, body }: Request, caller: Caller): Answer {
	const { zones, behaviour, limits } = state;
	const { route, parameters } = findRoute(method, path);
	const visible = zones.filter((zone) => canSee(caller, zone));
	const zone = 'actOn' in route ? findZone(zones, visible, parameters.zone_id) : undefined;
	const { permissions } = caller;
	if (permissions && route.permissions && !route.permissions.some((one) => permissions.includes(one))) {
		throw forbidden();
	}
	if (body.tooLong) throw new Failure(413, { code: 10413, message: 'The request body is too large' });
	const contentType = headers['content-type'] ?? '';
	const call: Call = {
		caller,
		visible,
		parameters,
		path,
		query: new URLSearchParams(query),
		contentType,
		body,
		behaviour,
		limits,
	};
	if ('act' in route) return route.act(call);
	if (zone === undefined) throw foreignZone();
	return route.actOn(zone, call);
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
