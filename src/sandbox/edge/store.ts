/** Stores the answers of origins, as the cache of one data centre. */
import type { OriginAnswer } from './origin.js';

/** For how long an answer is fresh, and how long it may be served stale after that. */
export interface Lifetime {
	freshSeconds: number;
	staleWhileRevalidateSeconds: number;
	staleIfErrorSeconds: number;
}

/** A stored answer. */
export interface StoredAnswer extends Lifetime {
	readonly host: string;
	readonly path: string;
	readonly tags: readonly string[];
	answer: OriginAnswer;
	/** Milliseconds since 1970. */
	storedAt: number;
	/** `invalidated`: it must be checked with the origin. `purged`: gone, but the upper tier's copy makes it look expired. */
	mark?: 'invalidated' | 'purged';
}

/** What a purge or an invalidation selects. */
export type Selects = (stored: StoredAnswer, key: string) => boolean;

/** The cache of a zone. A key has several answers where the origin's `Vary` tells them apart. */
export class CacheStore {
	private readonly answers = new Map<string, StoredAnswer>();

	/** The answer under a key, for a version of it. */
	find(key: string, version: string): StoredAnswer | undefined {
		return this.answers.get(`${key}\n${version}`);
	}

	put(key: string, version: string, stored: StoredAnswer): void {
		this.answers.set(`${key}\n${version}`, stored);
	}

	/** Drops all versions of what is selected. `keepsTrace`: an upper tier makes the next answer look expired. */
	purge(selects: Selects, keepsTrace: boolean): void {
		for (const [name, stored] of this.answers) {
			if (!selects(stored, name.split('\n', 1)[0] ?? '')) continue;
			if (keepsTrace) stored.mark = 'purged';
			else this.answers.delete(name);
		}
	}

	/** Marks all versions of what is selected as stale. */
	invalidate(selects: Selects): void {
		for (const [name, stored] of this.answers)
			if (selects(stored, name.split('\n', 1)[0] ?? '')) stored.mark ??= 'invalidated';
	}
}
