/** Decides which unfinished calls this server may see and finish: those that it could have begun itself. */
import { InputError } from '../errors.js';
import type { RoutedOperation } from '../operations/operation.js';
import { parseArguments } from './arguments.js';
import type { Deps } from './context.js';
import { admitsStored, type StoredRules } from './stored.js';
import type { Owner, PendingWork, WorkFacts, WorkRule } from './unfinished.js';

/** What the rule is made of. */
type Rules = Pick<Deps, 'operations' | 'blockOf'> & StoredRules;

/** The rules of this server, applied to what is stored. */
export class ServerWorkRule implements WorkRule {
	private readonly rules: Rules;

	constructor(rules: Rules) {
		this.rules = rules;
	}

	owner(): Promise<Owner> {
		return this.rules.owner();
	}

	/** Whether API, credential, tool and zone are those of this server. */
	async admits({ owner, tool, zone }: WorkFacts): Promise<boolean> {
		const operation = this.resumable(tool);
		if (!operation || this.rules.blockOf(operation) !== undefined) return false;
		return admitsStored({ owner, zone }, this.rules);
	}

	/** The items in the form in which a call brings them. Throws an InputError when no call could have brought them. */
	async check(work: PendingWork): Promise<PendingWork> {
		const operation = this.resumable(work.tool);
		const lists: Record<string, unknown[]> = {};
		for (const { kind, items } of work.requests) {
			if (!operation?.split || !Object.hasOwn(operation.split, kind)) throw foreign();
			lists[kind] ??= [];
			lists[kind].push(...items);
		}
		if (!operation || Object.keys(work.args).some((name) => name in lists || !(name in operation.input.shape)))
			throw foreign();
		const parsed = await parseArguments(operation, { ...work.args, ...lists }, 'fixed');
		const args = Object.fromEntries(Object.entries(parsed).filter(([name]) => !(name in lists)));
		const next: Record<string, number> = {};
		const requests = work.requests.map(({ kind, items }) => {
			const start = next[kind] ?? 0;
			next[kind] = start + items.length;
			return { kind, items: ((parsed[kind] ?? []) as unknown[]).slice(start, next[kind]) };
		});
		// A canonical form that moves items to another kind is not the form in which calls are stored.
		if (Object.keys(lists).some((kind) => (parsed[kind] as unknown[] | undefined)?.length !== next[kind]))
			throw foreign();
		return { ...work, args, requests };
	}

	private resumable(tool: string): RoutedOperation | undefined {
		const operation = this.rules.operations.get(tool);
		return operation?.split && operation.repeatable ? operation : undefined;
	}
}

function foreign(): InputError {
	return new InputError('What is stored is no purge or invalidation.', { advice: '' });
}
