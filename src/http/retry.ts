/** A second attempt for reads whose connection broke or whose gateway failed. Changes are never repeated here. */
import { NetworkError } from '../errors.js';
import type { HttpResponse, Send } from './send.js';

/** Answers of a gateway that did not get through to the API (502–504, and Cloudflare's own 520–527). */
const passing = ({ status }: HttpResponse) => (status >= 502 && status <= 504) || (status >= 520 && status <= 527);

/** Wraps `send`: a GET is sent once more when the first attempt had no usable answer. */
export function retryReads(send: Send): Send {
	return async (request) => {
		if (request.method !== 'GET') return send(request);
		const first = await send(request).catch((error: unknown) => {
			if (error instanceof NetworkError) return undefined;
			throw error;
		});
		return first && !passing(first) ? first : send(request);
	};
}
