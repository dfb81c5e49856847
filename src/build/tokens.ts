/** Runs at build time only: counts the tokens of each tool as it is listed and leaves them beside the code for `tools`. */
import { writeFileSync } from 'node:fs';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { OPERATIONS } from '../operations/index.js';
import { toTool } from '../tool.js';

const counts = OPERATIONS.map((operation) => {
	const { name, description, inputSchema } = toTool(operation, 'required');
	return [name, encode(JSON.stringify({ name, description, inputSchema })).length];
});
writeFileSync(new URL('../tokens.json', import.meta.url), JSON.stringify(Object.fromEntries(counts)));
