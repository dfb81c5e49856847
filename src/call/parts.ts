/** What calls share, and what belongs to one of them. */
import type { Client } from '../cloudflare/client.js';
import type { Zone, Zones } from '../cloudflare/zones.js';
import type { Operation } from '../operations/operation.js';
import type { AskPerson, Codes } from './consent.js';

/** What calls share. */
export interface Parts {
	readonly operations: ReadonlyMap<string, Operation>;
	/** The flag that forbids an operation, if any. */
	forbiddenBy(operation: Operation): string | undefined;
	readonly client: Client;
	readonly zones: Zones;
	readonly codes: Codes;
	readonly settings: {
		readonly zone?: string | undefined;
		/** auto reads the zone's plan. */
		readonly plan: string;
		readonly confirm: 'ask' | 'code' | 'block' | 'off';
	};
}

/** What belongs to one call. */
export interface Context {
	readonly signal?: AbortSignal | undefined;
	/** Present when the client can show a person a form. */
	readonly ask?: AskPerson | undefined;
	/** Told after each request of several. */
	progress?(done: number, total: number): void;
}

/** One call on its way. */
export interface Call {
	readonly parts: Parts;
	readonly context: Context;
	/** Canonical, without zone, dry_run and confirm. */
	readonly args: Readonly<Record<string, unknown>>;
	readonly zone: Zone | undefined;
}
