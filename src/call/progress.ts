/** How a call tells its client how far it is. */

/** Told the items done so far, their total where it is known, a message for the user, and how long the rest may take. */
export type Progress = (done: number, total: number | undefined, message: string, secondsLeft?: number) => void;

/** Longest silence towards a client that wants progress. Clients give up on a call that shows no sign of life. */
export const HEARTBEAT_MS = 5_000;
