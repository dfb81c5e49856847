/** The way of a request through the checks, in their order, to its operation; the one place that catches. */
import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, Failure, fail } from './answers.js';
import type { Body } from './body.js';
import type { Behaviour, Call } from './call.js';
import { type Caller, type Rights, recognise } from './credentials.js';
import { forbidden, foreignZone } from './failures.js';
import { findRoute } from './router.js';
import type { Zone } from './zones.js';

/** Everything one sandbox keeps. */
export interface State {
	zones: Zone[];
	tokens: Record<string, Rights>;
	behaviour: Behaviour;
}

/** A request whose body was read. */
export interface Request {
	method: string;
	path: string;
	query: string;
	headers: IncomingHttpHeaders;
	body: Body;
}

/** Answers any request; it never throws. */
export function answerRequest(state: State, request: Request): Answer {
	try {
		return pass(state, request);
	} catch (error) {
		if (error instanceof Failure) return fail(error);
		return fail(new Failure(500, { code: 10500, message: `The sandbox has a defect: ${String(error)}` }));
	}
}

function pass({ zones, tokens, behaviour }: State, { method, path, query, headers, body }: Request): Answer {
	const caller = recognise(headers, tokens);
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
