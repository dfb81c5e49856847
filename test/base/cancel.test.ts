/** Signals of calls: a Cancel does what an AbortSignal does. */
import { describe, expect, test } from 'vitest';
import { Cancel, either, type Signal } from '../../src/base/cancel.js';

/** A signal of Node, which ours is compared with. */
function createNative(): { signal: Signal; abort(reason?: unknown): void } {
	const controller = new AbortController();
	return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}

function createOwn(): { signal: Signal; abort(reason?: unknown): void } {
	const cancel = new Cancel();
	return { signal: cancel, abort: (reason) => cancel.abort(reason) };
}

describe.for<readonly [name: string, create: typeof createOwn]>([
	['An AbortSignal', createNative],
	['A Cancel', createOwn],
])('%s', ([, create]) => {
	test('is not aborted at first', () => {
		const { signal } = create();
		expect([signal.aborted, signal.reason]).toEqual([false, undefined]);
	});

	test('calls each listener once, and keeps the reason of the first abort', () => {
		const { signal, abort } = create();
		const told: unknown[] = [];
		signal.addEventListener('abort', () => told.push(signal.aborted, signal.reason));
		abort('first');
		abort('second');
		expect(told).toEqual([true, 'first']);
		expect(signal.reason).toBe('first');
	});

	test('calls a listener once that was added twice', () => {
		const { signal, abort } = create();
		let times = 0;
		const listener = () => times++;
		signal.addEventListener('abort', listener);
		signal.addEventListener('abort', listener, { once: true });
		abort();
		expect(times).toBe(1);
	});

	test('calls no listener that was removed before the abort or added after it', () => {
		const { signal, abort } = create();
		let times = 0;
		const listener = () => times++;
		signal.addEventListener('abort', listener);
		signal.removeEventListener('abort', listener);
		abort();
		signal.addEventListener('abort', listener);
		abort();
		expect(times).toBe(0);
	});

	test('has an AbortError as its reason when none is given', () => {
		const { signal, abort } = create();
		abort();
		expect(signal.reason).toMatchObject({ name: 'AbortError', message: 'This operation was aborted' });
	});
});

describe('Cancel.native', () => {
	test('is always the same AbortSignal', () => {
		const cancel = new Cancel();
		expect(cancel.native).toBeInstanceOf(AbortSignal);
		expect(cancel.native).toBe(cancel.native);
	});

	test.for(['before', 'after'])('aborts with the Cancel when it was made %s the abort', (when) => {
		const cancel = new Cancel();
		const early = when === 'before' ? cancel.native : undefined;
		cancel.abort('no longer wanted');
		const signal = early ?? cancel.native;
		expect([signal.aborted, signal.reason]).toEqual([true, 'no longer wanted']);
	});
});

describe('Cancel.follow', () => {
	test.for(['before', 'after'])('aborts for the reason of a signal that aborts %s it is followed', (when) => {
		const followed = new Cancel();
		const cancel = new Cancel();
		if (when === 'before') followed.abort('no longer wanted');
		cancel.follow(followed);
		followed.abort('no longer wanted');
		expect([cancel.aborted, cancel.reason]).toEqual([true, 'no longer wanted']);
	});

	test('aborts nothing after its release', () => {
		const followed = new Cancel();
		const cancel = new Cancel();
		cancel.follow(followed)();
		followed.abort();
		expect(cancel.aborted).toBe(false);
	});
});

describe('either', () => {
	test.for([0, 1])('aborts with signal %i, for its reason', (which) => {
		const both = [new Cancel(), new Cancel()] as const;
		const { signal } = either(...both);
		both[which]?.abort('why');
		expect([signal?.aborted, signal?.reason]).toEqual([true, 'why']);
	});

	test('aborts with neither signal after its release', () => {
		const both = [new Cancel(), new Cancel()] as const;
		const { signal, release } = either(...both);
		release();
		for (const one of both) one.abort();
		expect(signal?.aborted).toBe(false);
	});

	test('gives the only signal itself, and undefined for none', () => {
		const only = new Cancel();
		expect([either(only, undefined).signal, either(undefined, only).signal]).toEqual([only, only]);
		expect(either(undefined, undefined).signal).toBeUndefined();
	});
});
