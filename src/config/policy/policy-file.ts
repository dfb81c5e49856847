/** Reads the policy file, and reads it again when it changes. */
import { type Clock, repeatEvery } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { quote } from '../../base/sanitize.js';
import type { Policies, PolicySource } from '../../call/principal.js';
import { ConfigError } from '../../errors.js';
import { readOwnText, readSecretFile } from '../own-text.js';
import { type PolicyFacts, parsePolicies } from './policies.js';

/** Some 5,000 principals. */
const MAX_POLICY_BYTES = 1_000_000;

/** A change is in force after this time at most: half of the 10 seconds that operators are promised. */
const CHECK_EVERY_MS = 5_000;

interface PolicyFileOptions extends Omit<PolicyFacts, 'readToken'> {
	readonly path: string;
	readonly clock: Clock;
	readonly log: Log;
}

/**
 * The policies of a file. It compares contents every five seconds: a mounted Secret is a link whose target is swapped, and
 * times of files are too coarse to tell two writes apart.
 */
export class PolicyFile implements PolicySource {
	private readonly options: PolicyFileOptions;
	private policies: Policies;
	/** Path → content of each file that was read when the policies were last made, or could not be. */
	private seen: ReadonlyMap<string, string> = new Map();
	private readonly stop: () => void;

	/** Throws ConfigError where the file cannot be used. */
	constructor(options: PolicyFileOptions) {
		this.options = options;
		this.policies = this.load();
		this.stop = repeatEvery(options.clock, CHECK_EVERY_MS, () => this.check());
	}

	get current(): Policies {
		return this.policies;
	}

	/** Ends the looks at the file. */
	close(): void {
		this.stop();
	}

	private check(): void {
		if ([...this.seen].every(([path, content]) => contentOf(path) === content)) return;
		const { log } = this.options;
		try {
			this.policies = this.load();
			log('info', 'The policy file has changed, and is in force.', { principals: this.policies.principals.length });
		} catch (error) {
			const { message } = error as Error;
			const end = /[.?]$/.test(message) ? '' : '.';
			log('warn', `${message}${end} The policies that were read before stay in force.`);
		}
	}

	private load(): Policies {
		const { path, log, ...facts } = this.options;
		const seen = new Map<string, string>();
		this.seen = seen;
		// Noted before it is read: a change in between is then found by the next look.
		const note = (file: string) => seen.set(file, contentOf(file));
		const name = `--policy ${quote(path)}`;
		note(path);
		const { text } = readOwnText(path, { name, maxBytes: MAX_POLICY_BYTES });
		const readToken = (file: string, field: string) => {
			note(file);
			return readSecretFile(file, field, log);
		};
		try {
			return parsePolicies(text, { ...facts, readToken });
		} catch (error) {
			throw new ConfigError(`${name}: ${(error as Error).message}`);
		}
	}
}

/** What a file holds, or why it cannot be read. */
function contentOf(path: string): string {
	try {
		return readOwnText(path, { name: '', maxBytes: MAX_POLICY_BYTES }).text;
	} catch (error) {
		return `unreadable: ${(error as Error).message}`;
	}
}
