/** Failures: a copy with other advice keeps everything else, and the error of an ended call tells who ended it. */
import { describe, expect, test } from 'vitest';
import {
	ApiError,
	CancelledError,
	CLOSING,
	cancelled,
	type Failure,
	InternalError,
	NetworkError,
	TAKEN_OVER,
	TimeoutError,
} from '../src/errors.js';

const CAUSE = new Error('cause');
const FACTS = { changed: 'unknown', advice: 'Wait.', cause: CAUSE } as const;

describe.for<readonly [name: string, failure: Failure]>([
	['ApiError', new ApiError('No.', { ...FACTS, status: 503, codes: [971], ray: '8f0c-AMS', retryAfterSeconds: 7 })],
	['NetworkError', new NetworkError('Broken.', { ...FACTS, sent: true })],
	['TimeoutError', new TimeoutError('Late.', FACTS)],
	['CancelledError', new CancelledError('Cancelled.', FACTS)],
])('%s.withAdvice', ([, failure]) => {
	const copy = failure.withAdvice({ again: 'repeat' });

	test('gives a copy of the same class that differs in its advice only', () => {
		expect(copy).toBeInstanceOf(failure.constructor);
		expect({ ...copy }).toEqual({ ...failure, advice: { again: 'repeat' } });
		for (const name of ['name', 'message', 'stack', 'cause'] as const) expect(copy[name]).toBe(failure[name]);
		expect(Object.hasOwn(copy, 'message')).toBe(true);
	});

	test('leaves the failure itself as it was', () => expect(failure.advice).toEqual({ also: 'Wait.' }));
});

describe('ApiError.source', () => {
	test('names each code once, the HTTP status and the ray', () => {
		const { source } = new ApiError('No.', { ...FACTS, status: 403, codes: [1135, 10000, 1135], ray: '8f0c-AMS' });
		expect(source).toBe('Cloudflare 1135, 10000 · HTTP 403 · cf-ray 8f0c-AMS');
	});

	test('is the HTTP status alone when the answer had neither code nor ray', () => {
		expect(new ApiError('No.', { ...FACTS, status: 502 }).source).toBe('HTTP 502');
	});
});

describe('the error of a cancelled call', () => {
	test('says that the server is closing when the closing server aborted its signal', () => {
		expect(cancelled(CLOSING)).toMatchObject({ message: 'The server is closing.', changed: 'no' });
	});

	test('says that another server has the rest when that one has taken the call over', () => {
		expect(cancelled(TAKEN_OVER)).toMatchObject({
			message: 'Another server has taken over the rest of this call.',
			changed: 'no',
			advice: { also: 'Nothing is lost. Wait until that call has ended; cache_overview shows what remains.' },
		});
	});

	test('says that the call was cancelled for every other reason', () => {
		expect(cancelled('no longer wanted')).toMatchObject({
			message: 'The call was cancelled.',
			cause: 'no longer wanted',
		});
	});

	test('advises to repeat the call when nothing was changed, and to check first when that is unknown', () => {
		expect(cancelled(CLOSING, 'no').advice).toEqual({ again: 'wanted' });
		expect(cancelled(CLOSING, 'unknown').advice).toEqual({ again: 'check' });
	});
});

describe('InternalError', () => {
	test.for<readonly [thrown: unknown, message: string]>([
		[new TypeError('x is\nundefined'), 'Internal error: x is undefined.'],
		['a text', 'Internal error: a text.'],
		[undefined, 'Internal error: undefined.'],
	])('of %o shows its text on one line and leaves open whether anything changed', ([thrown, message]) => {
		expect(new InternalError(thrown)).toMatchObject({ message, changed: 'unknown' });
	});
});
