/** Answers tools/list from text that was made before: writing 60 KB of JSON for each takes most of its time (bench row `http.list`). */
import { isObject } from '../../base/json.js';
import type { Tool } from '../tools.js';
import type { Raw } from './body.js';

/** The list of each set of tools as JSON. Principals who may call the same tools share one set. */
const texts = new WeakMap<readonly Tool[], string>();

/** Whether a request up to MCP 2025-11-25 asks for the list and for nothing else. */
export function isPlainList({ jsonrpc, id, method, params }: Raw): boolean {
	if (method !== 'tools/list' || jsonrpc !== '2.0') return false;
	if (typeof id !== 'string' && !Number.isSafeInteger(id)) return false;
	return params === undefined || (isObject(params) && Object.keys(params).length === 0);
}

/** The answer to such a request. */
export function answerList({ id }: Raw, tools: readonly Tool[]): string {
	const text = texts.get(tools) ?? JSON.stringify({ tools });
	texts.set(tools, text);
	return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${text}}`;
}
