/** Cancelling a call: our own signal does what an AbortSignal does. */
import { describe, expect, test } from 'vitest';
import { Cancel, either, type Signal } from '../../src/base/cancel.js';

/** Node's own, to judge ours by. */
function createNative(): { signal: Signal; abort(reason?: unknown): void } {
	const controller = new AbortController();
	return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}

function createOwn(): { signal: Signal; abort(reason?: unknown): void } {
	const cancel = new Cancel();
	return { signal: cancel, abort: (reason) => cancel.abort(reason) };
}

describe.each([
	['An AbortSignal', createNative],
	['A Cancel', createOwn],
])('%s', (_, create) => {
	test('is not aborted at first', () => {
		const { signal } = create();
		expect([signal.aborted, signal.reason]).toEqual([false, undefined]);
	});

	test('tells who listens, once, and keeps the first reason', () => {
		const { signal, abort } = create();
		const told: unknown[] = [];
		signal.addEventListener('abort', () => told.push(signal.aborted, signal.reason));
		abort('first');
		abort('second');
		expect(told).toEqual([true, 'first']);
		expect(signal.reason).toBe('first');
	});

	test('tells a listener that was added twice once', () => {
		const { signal, abort } = create();
		let times = 0;
		const listener = () => times++;
		signal.addEventListener('abort', listener);
		signal.addEventListener('abort', listener, { once: true });
		abort();
		expect(times).toBe(1);
	});

	test('tells nobody who no longer listens, or began after it', () => {
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

	test('has an AbortError for a reason when none is given', () => {
		const { signal, abort } = create();
		abort();
		expect(signal.reason).toMatchObject({ name: 'AbortError', message: 'This operation was aborted' });
	});
});

describe('The AbortSignal of a Cancel', () => {
	test('is always the same one', () => {
		const cancel = new Cancel();
		expect(cancel.native).toBeInstanceOf(AbortSignal);
		expect(cancel.native).toBe(cancel.native);
	});

	test.each(['before', 'after'])('aborts with it when it was asked for %s', (when) => {
		const cancel = new Cancel();
		const early = when === 'before' ? cancel.native : undefined;
		cancel.abort('no longer wanted');
		const signal = early ?? cancel.native;
		expect([signal.aborted, signal.reason]).toEqual([true, 'no longer wanted']);
	});
});

describe('A Cancel that follows a signal', () => {
	test.each(['before', 'after'])('aborts for its reason when that aborted %s', (when) => {
		const followed = new Cancel();
		const cancel = new Cancel();
		if (when === 'before') followed.abort('no longer wanted');
		cancel.follow(followed);
		followed.abort('no longer wanted');
		expect([cancel.aborted, cancel.reason]).toEqual([true, 'no longer wanted']);
	});

	test('does not when it was released', () => {
		const followed = new Cancel();
		const cancel = new Cancel();
		cancel.follow(followed)();
		followed.abort();
		expect(cancel.aborted).toBe(false);
	});
});

describe('Either of two signals', () => {
	test.each([0, 1])('aborts with number %i', (which) => {
		const both = [new Cancel(), new Cancel()] as const;
		const { signal } = either(...both);
		both[which]?.abort('why');
		expect([signal?.aborted, signal?.reason]).toEqual([true, 'why']);
	});

	test('aborts with neither when it was released', () => {
		const both = [new Cancel(), new Cancel()] as const;
		const { signal, release } = either(...both);
		release();
		for (const one of both) one.abort();
		expect(signal?.aborted).toBe(false);
	});

	test('is the one that is there', () => {
		const only = new Cancel();
		expect([either(only, undefined).signal, either(undefined, only).signal]).toEqual([only, only]);
		expect(either(undefined, undefined).signal).toBeUndefined();
	});
});
