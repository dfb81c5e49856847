/** Version Management environments: the three of a fresh sandbox, their list and their look-up. */
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

/** What of a zone matters here; the zone itself holds environments, so it cannot be named. */
interface Versioned {
	plan: string;
	environments: Environment[];
}

const STAGING = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const PRODUCTION = 'b1b2c3d4e5f60718293a4b5c6d7e8f90';
const OFFICE = 'c1b2c3d4e5f60718293a4b5c6d7e8f90';

// About the visitor: address, country, ASN, threat score. The address of the edge server is none of these.
const SELECTS_VISITOR = /\bip\.(?:src|geoip)\b|\bcf\.threat_score\b/;

/** Builds the environments of a zone with Version Management. */
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

/** Tells whether the environment chooses requests by facts of the visitor, where URLs cannot be purged. */
export function selectsVisitor(environment: Environment): boolean {
	return SELECTS_VISITOR.test(environment.expression);
}

/** GET /zones/{zone_id}/environments. */
export function listEnvironments(zone: Versioned): Answer {
	if (zone.plan !== 'enterprise') throw planTooSmall();
	return succeed({ environments: zone.environments });
}

/** Finds the environment named in the path; an unknown one is a wrong identifier. */
export function findEnvironment(
	zone: Versioned,
	call: { parameters: Record<string, string>; path: string },
): Environment {
	const found = zone.environments.find(({ ref }) => ref === call.parameters.environment_id);
	if (found === undefined) throw noRoute(call.path);
	return found;
}
