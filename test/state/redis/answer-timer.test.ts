/** How long an answer of Redis is waited for, on a clock that the test moves. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AnswerTimer } from '../../../src/state/redis/answer-timer.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** A timer, and the waits that it has ended. */
function open() {
	const timer = new AnswerTimer();
	const late: string[] = [];
	return { timer, late, watch: (name: string) => timer.watch(() => void late.push(name)) };
}

test('a wait ends half a second after it began, and a tick later at most', () => {
	const { late, watch } = open();
	watch('a');
	vi.advanceTimersByTime(150);
	watch('b');
	vi.advanceTimersByTime(349);
	expect(late).toEqual([]);
	vi.advanceTimersByTime(101);
	expect(late).toEqual(['a']);
	vi.advanceTimersByTime(49);
	expect(late).toEqual(['a']);
	vi.advanceTimersByTime(51);
	expect(late).toEqual(['a', 'b']);
});

test('an answer in time ends the wait, and without a wait nothing ticks', () => {
	const { late, watch } = open();
	const release = watch('a');
	vi.advanceTimersByTime(500);
	release();
	vi.advanceTimersByTime(1_000);
	expect(late).toEqual([]);
	expect(vi.getTimerCount()).toBe(0);
});

test('a closed timer ends no wait', () => {
	const { timer, late, watch } = open();
	watch('a');
	timer.close();
	vi.advanceTimersByTime(1_000);
	expect(late).toEqual([]);
	expect(vi.getTimerCount()).toBe(0);
});
