/** Declares a credential with the place that it was found in. */
import type { Credential } from '../cloudflare/api.js';

/** A credential, or why there is none. `source` is the variable, the flag or the place that it is from. */
export type FoundCredential =
	| Extract<Credential, { kind: 'none' }>
	| (Exclude<Credential, { kind: 'none' }> & { readonly source: string });
