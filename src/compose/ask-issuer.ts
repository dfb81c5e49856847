/** Asks the OAuth issuer of a shared server once, for a report of how it is. */
import { systemClock } from '../base/clock.js';
import type { Config } from '../config/config.js';
import { fetchForOAuth } from './sign-in.js';

/** Reads as a token of an issuer, and is none: its keys are looked up for it. */
const PROBE = [{ alg: 'RS256', kid: 'doctor' }, {}]
	.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
	.concat('AA')
	.join('.');

/** Why the keys of the issuer cannot be fetched, as a sentence; undefined where they can. */
export async function askIssuer(config: Config, issuer: string): Promise<string | undefined> {
	const { Issuer } = await import('../mcp/http/auth/issuer.js');
	let problem = 'The keys of the OAuth issuer cannot be fetched.';
	const asked = new Issuer({
		issuer,
		audience: config.publicUrl ?? '',
		fetchDocument: fetchForOAuth(config),
		clock: systemClock,
		log: (level, message) => {
			if (level === 'warn') problem = message;
		},
	});
	return (await asked.verify(PROBE)) === 'away' ? problem : undefined;
}
