/** Tells how long development mode, which turns the cache of a zone off, still lasts. */
import type { Zone } from './zones.js';

/** Returns the seconds until it ends; since then, below 0, once it has ended by itself; 0 when it was never on. */
export function developmentModeSeconds({ developmentModeEndsAt: endsAt }: Zone, now: number): number {
	return endsAt === undefined ? 0 : Math.ceil((endsAt - now) / 1000);
}
