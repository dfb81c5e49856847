/** Declares what every section of the bench is: a function that reports the values of its rows. */
import type { RowId } from './rows.js';

/** Takes the value of a row, undefined where this machine cannot measure it, and a short note on what it was computed from. */
export type Report = (id: RowId, value: number | undefined, detail?: string) => void;

/** Measures one section. Throws when something could not be measured; values reported before that stay. */
export type Section = (bench: { quick: boolean; report: Report }) => Promise<void>;
