/** Names the severities of findings. */

/** What a severity means to an operator. 1: the cache does not work; 2: money or load on the origin; 3: a setting without effect; 4: a hint. */
export const SEVERITIES = { 1: 'Broken', 2: 'Costly', 3: 'No effect', 4: 'Hint' } as const;
/** How bad a finding is, from 1, the worst, to 4. */
export type Severity = keyof typeof SEVERITIES;
