/** Keeps the last lines of the audit log in memory. */
import type { AuditEntry } from './audit-entry.js';

/** Lines kept in memory for the resource cf-cache://audit/recent. */
const MAX_RECENT = 50;

/** The lines of a principal that its client may read, and how many of its calls are under way. */
export class AuditTrail {
	/** The last MAX_RECENT lines, oldest first. */
	readonly entries: AuditEntry[] = [];
	/** Calls that have begun and not ended. */
	underWay = 0;

	/** Adds a line, and forgets the oldest where there are too many. */
	add(entry: AuditEntry): void {
		this.entries.push(entry);
		if (this.entries.length > MAX_RECENT) this.entries.shift();
	}
}
