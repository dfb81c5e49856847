/** Failures: what a copy with another advice keeps. */
import { describe, expect, test } from 'vitest';
import { ApiError, CancelledError, type Failure, NetworkError, TimeoutError } from '../src/errors.js';

const CAUSE = new Error('cause');
const about = { changed: 'unknown', advice: 'Wait.', cause: CAUSE } as const;

describe.each<[string, Failure]>([
	['ApiError', new ApiError('No.', { ...about, status: 503, codes: [971], ray: '8f0c-AMS', retryAfterSeconds: 7 })],
	['NetworkError', new NetworkError('Broken.', { ...about, sent: true })],
	['TimeoutError', new TimeoutError('Late.', about)],
	['CancelledError', new CancelledError('Cancelled.', about)],
])('%s with another advice', (_, failure) => {
	const copy = failure.withAdvice({ again: 'repeat' });

	test('is of the same class, and the same in everything else', () => {
		expect(copy).toBeInstanceOf(failure.constructor);
		expect({ ...copy }).toEqual({ ...failure, advice: { again: 'repeat' } });
		for (const name of ['name', 'message', 'stack', 'cause'] as const) expect(copy[name]).toBe(failure[name]);
		expect(Object.hasOwn(copy, 'message')).toBe(true);
	});

	test('leaves the first as it was', () => expect(failure.advice).toEqual({ also: 'Wait.' }));
});
