/** Undoes the content codings of a body, and never lets the result grow past a limit. */
import type { Transform } from 'node:stream';

/** Codings applied to one body, one after the other. No server is known to use more than two. */
const MAX_CODINGS = 3;

/**
 * The body without its codings, as the header content-encoding names them: gzip, br and deflate. It ends where the coded
 * body breaks off, is damaged, or has given more than `limit` bytes. A body in an unknown coding comes back as it is.
 */
export async function decode(body: Buffer, contentEncoding: string, limit: number): Promise<Buffer> {
	const codings = contentEncoding
		.toLowerCase()
		.split(',')
		.map((coding) => coding.trim())
		.filter((coding) => coding !== '' && coding !== 'identity');
	if (codings.length > MAX_CODINGS) return body;
	let decoded = body;
	for (const coding of codings.reverse()) {
		const decoder = await createDecoder(coding, decoded);
		if (!decoder) return body;
		decoded = await run(decoder, decoded, limit);
	}
	return decoded;
}

async function createDecoder(coding: string, body: Buffer): Promise<Transform | undefined> {
	const zlib = await import('node:zlib');
	switch (coding) {
		case 'gzip':
		case 'x-gzip':
			return zlib.createGunzip();
		case 'br':
			return zlib.createBrotliDecompress();
		case 'deflate':
			// Some servers send it without the zlib header that RFC 9110 asks for. The header's first byte ends in 8.
			return ((body[0] ?? 0) & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw();
		default:
			return undefined;
	}
}

function run(decoder: Transform, body: Buffer, limit: number): Promise<Buffer> {
	return new Promise((resolve) => {
		const chunks: Buffer[] = [];
		let size = 0;
		// Of a damaged body, what came before the damage is shown to be cut off.
		const end = () => resolve(Buffer.concat(chunks));
		decoder.on('data', (chunk: Buffer) => {
			chunks.push(chunk);
			size += chunk.length;
			if (size > limit) decoder.destroy();
		});
		decoder.once('error', end).once('close', end).end(body);
	});
}
