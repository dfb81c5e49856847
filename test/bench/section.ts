/** What the parts of the bench have in common: they report the values of their rows. */
import type { RowId } from './rows.js';

/** Takes one value and what it was computed from, in a few characters. Undefined: it cannot be told on this machine. */
export type Report = (id: RowId, value: number | undefined, detail?: string) => void;

/** A part of the bench. Throws when something could not be measured; what was reported before stays. */
export type Section = (bench: { quick: boolean; report: Report }) => Promise<void>;
