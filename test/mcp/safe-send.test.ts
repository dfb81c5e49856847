/** An answer that cannot be written becomes an error with the same id. */
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { expect, test } from 'vitest';
import { withSafeAnswers } from '../../src/mcp/safe-send.js';

/** The lines that are written, by a writer that fails like JSON.stringify on a value that is nested too deeply. */
function openWriter() {
	const lines: string[] = [];
	const send = withSafeAnswers(
		async (message) => {
			lines.push(JSON.stringify(message));
		},
		(value) => JSON.parse(JSON.stringify(value).replaceAll('secret', '[gone]')),
	);
	return { lines, send };
}

function nest(levels: number): unknown {
	let value: unknown = 'core';
	for (let level = 0; level < levels; level++) value = [value];
	return value;
}

const answer = (result: Record<string, unknown>): JSONRPCMessage => ({ jsonrpc: '2.0', id: 7, result });

test('an answer of too many levels becomes an error that says what may have happened', async () => {
	const { lines, send } = openWriter();
	await send(answer({ deep: nest(100_000) }));
	expect(lines.map((line) => JSON.parse(line))).toEqual([
		{
			jsonrpc: '2.0',
			id: 7,
			error: { code: -32603, message: expect.stringMatching(/could not be written.* may have been applied\.$/) },
		},
	]);
});

test('an answer that can be written is written as it is', async () => {
	const { lines, send } = openWriter();
	await send(answer({ text: 'a secret that an earlier step let pass' }));
	expect(lines).toEqual([JSON.stringify(answer({ text: 'a secret that an earlier step let pass' }))]);
});

test('texts of errors and of notes are cleaned', async () => {
	const { lines, send } = openWriter();
	await send({ jsonrpc: '2.0', id: 7, error: { code: -32602, message: 'secret' } });
	await send({
		jsonrpc: '2.0',
		method: 'notifications/progress',
		params: { progressToken: 'secret', message: 'secret' },
	});
	expect(lines.map((line) => JSON.parse(line))).toMatchObject([
		{ error: { message: '[gone]' } },
		{ params: { progressToken: 'secret', message: '[gone]' } },
	]);
});

test('a message of the server that cannot be written rejects', async () => {
	const { lines, send } = openWriter();
	await expect(send({ jsonrpc: '2.0', id: 1, method: 'x', params: { deep: nest(100_000) } })).rejects.toThrow(
		RangeError,
	);
	expect(lines).toEqual([]);
});
