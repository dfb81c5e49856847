/** A long line, parsed while it arrives: parsed in one go, a list of 100,000 URLs would stop everything else meanwhile. */
import { JSONParser } from '@streamparser/json';

/** A line on its way. */
export interface StreamedLine {
	/** Takes the next bytes of it. */
	write(bytes: Uint8Array): void;
	/** The value of the whole line. Throws when it is no JSON. */
	end(): unknown;
}

/** An empty line. */
export function openStreamedLine(): StreamedLine {
	const parser = new JSONParser({ paths: ['$'], stringBufferSize: 8_192 });
	let value: unknown;
	let problem: Error | undefined;
	parser.onValue = (found) => {
		value = found.value;
	};
	parser.onError = (error) => {
		problem ??= error;
	};
	return {
		write(bytes) {
			if (!problem && !parser.isEnded) parser.write(bytes);
		},
		end() {
			if (!problem && !parser.isEnded) problem = new Error('a line that ends too early');
			if (problem) throw problem;
			return value;
		},
	};
}
