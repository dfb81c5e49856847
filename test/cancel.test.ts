/** Cancelling a call: our own signal does what an AbortSignal does. */
import { describe, expect, test } from 'vitest';
import { Cancel, type Signal, toAbortSignal } from '../src/cancel.js';

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
	test('is always the same one, and that of an AbortSignal itself', () => {
		const cancel = new Cancel();
		expect(toAbortSignal(cancel)).toBeInstanceOf(AbortSignal);
		expect(toAbortSignal(cancel)).toBe(cancel.native);
		expect(toAbortSignal(cancel.native)).toBe(cancel.native);
	});

	test.each(['before', 'after'])('aborts with it when it was asked for %s', (when) => {
		const cancel = new Cancel();
		const early = when === 'before' ? cancel.native : undefined;
		cancel.abort('no longer wanted');
		const signal = early ?? cancel.native;
		expect([signal.aborted, signal.reason]).toEqual([true, 'no longer wanted']);
	});
});
