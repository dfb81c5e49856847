/** How a call tells its client how far it is. */

/** Told the items done so far, their total where it is known, and a message for the user. */
export type Progress = (done: number, total: number | undefined, message: string) => void;

/** Longest silence towards a client that wants progress. Clients give up on a call that shows no sign of life. */
export const HEARTBEAT_MS = 5_000;
