/** Lists and finds Version Management environments; a fresh sandbox has three. */
import { type Answer, succeed } from './answers.js';
import { noRoute, planTooSmall } from './failures.js';

/** An environment; `ref` is its id in paths. */
export interface Environment {
	name: string;
	ref: string;
	version: number | null;
	expression: string;
	locked_on_deployment: boolean | null;
	position: { before?: string; after?: string };
	http_application_id: string | null;
}

/** The part of a zone that matters here; importing Zone would be a cycle, because zones hold environments. */
interface Versioned {
	plan: string;
	environments: Environment[];
}

const STAGING = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const PRODUCTION = 'b1b2c3d4e5f60718293a4b5c6d7e8f90';
/** Cloudflare's own example has shorter ids too. */
const OFFICE = 'c1b2c3d4e5f60718293a4b5c6d7e';

// Facts of the visitor: address, country, ASN, threat score. The address of the edge server is not one of them.
const SELECTS_VISITOR = /\bip\.(?:src|geoip)\b|\bcf\.threat_score\b/;

/** Returns the environments of a zone with Version Management. */
export function startEnvironments(): Environment[] {
	const common = { locked_on_deployment: false, http_application_id: null };
	const edge = '(cf.edge.server_ip in {1.2.3.4})';
	const office = '(ip.src in {203.0.113.0/24})';
	return [
		{ name: 'Office IPs', ref: OFFICE, version: 4, expression: office, position: { before: STAGING }, ...common },
		{ name: 'Staging', ref: STAGING, version: 3, expression: edge, position: { before: PRODUCTION }, ...common },
		{ name: 'Production', ref: PRODUCTION, version: 2, expression: 'true', position: { after: STAGING }, ...common },
	];
}

/** Whether the environment selects requests by facts of the visitor; URLs cannot be purged there. */
export function selectsVisitor(environment: Environment): boolean {
	return SELECTS_VISITOR.test(environment.expression);
}

/** GET /zones/{zone_id}/environments. */
export function listEnvironments(zone: Versioned): Answer {
	if (zone.plan !== 'enterprise') throw planTooSmall().invented('the refusal of a smaller plan');
	return succeed({ environments: zone.environments });
}

/** Returns the environment named in the path. Throws 7003 when there is none. */
export function findEnvironment(
	zone: Versioned,
	call: { parameters: Record<string, string>; path: string },
): Environment {
	const found = zone.environments.find(({ ref }) => ref === call.parameters.environment_id);
	if (found === undefined) throw noRoute(call.path);
	return found;
}
