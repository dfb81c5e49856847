/** Reads how a client introduces itself. All parts of the program use this one reading. */
import { isObject } from '../base/json.js';
import { INVALID_PARAMS, ProtocolError } from './json-rpc.js';

/** A client, as its initialize describes it. */
export interface Client {
	readonly protocolVersion: string;
	readonly name: string;
	readonly version: string;
	/** Whether it can show the user a form. */
	readonly forms: boolean;
	/** Whether it tells its folders. */
	readonly roots: boolean;
}

/**
 * Reads the parameters of initialize. Null counts as absent, and optional fields of an unknown shape are ignored. Throws
 * ProtocolError where nothing can be told about the client: an error is better than a guess at what it offers.
 */
export function readClient(params: Readonly<Record<string, unknown>> = {}): Client {
	const { protocolVersion, capabilities, clientInfo } = params;
	if (typeof protocolVersion !== 'string') throw invalid('protocolVersion must be a string');
	if (!isObject(capabilities)) throw invalid('capabilities must be an object');
	const { name, version } = isObject(clientInfo) ? clientInfo : {};
	return {
		protocolVersion,
		name: typeof name === 'string' ? name : 'unknown',
		version: typeof version === 'string' ? version : 'unknown',
		forms: offersForms(capabilities.elicitation),
		roots: isPresent(capabilities.roots),
	};
}

/** An elicitation that names neither forms nor URLs offers forms, as in MCP 2025-06-18. */
function offersForms(elicitation: unknown): boolean {
	if (!isPresent(elicitation)) return false;
	// In doubt a form is asked for: a client that cannot show it refuses, while a code needs no user.
	if (!isObject(elicitation)) return true;
	return isPresent(elicitation.form) || !isPresent(elicitation.url);
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null && value !== false;

function invalid(problem: string): ProtocolError {
	return new ProtocolError(INVALID_PARAMS, `Invalid initialize request: ${problem}`);
}
