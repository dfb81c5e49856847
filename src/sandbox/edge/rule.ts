/** Declares the rules of a zone that decide how it caches. */

/** A Cache Rule or a Cache Response Rule. */
export interface Rule {
	id: string;
	action: string;
	expression: string;
	enabled: boolean;
	description: string;
	action_parameters: Record<string, unknown>;
}

/** A Page Rule. */
export interface PageRule {
	id: string;
	targets: { target: string; constraint: { operator: string; value: string } }[];
	actions: { id: string; value?: unknown }[];
	priority: number;
	status: string;
}
