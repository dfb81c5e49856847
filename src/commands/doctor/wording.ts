/** Puts failures into words for the person at a terminal, who is user and operator in one. */
import { wordFor } from '../../base/audience.js';
import type { Failure } from '../../errors.js';

/** What happened, with the source where Cloudflare answered. What to do about it is in the remedy. */
export function describeFailure({ what, source }: Failure): string {
	const text = wordFor(what, { audience: 'shell' });
	return source ? `${text} (${source})` : text;
}
