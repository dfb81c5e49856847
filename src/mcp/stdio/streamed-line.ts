/** Parses a long line while it arrives: parsed at once, a list of 100,000 URLs would block every other call meanwhile. */
import { JSONParser } from '@streamparser/json';

/** A line that is arriving. */
export interface StreamedLine {
	/** Takes the next bytes. */
	write(bytes: Uint8Array): void;
	/** Returns the value of the whole line. Throws where the line is not JSON. */
	end(): unknown;
}

/** Opens an empty line. */
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
			if (!problem && !parser.isEnded) problem = new Error('the line ends too early');
			if (problem) throw problem;
			return value;
		},
	};
}
