/** The id of a message that is too long to be read, from its first bytes. */
import { describe, expect, test } from 'vitest';
import { refuseLongMessage } from '../../../src/mcp/stdio/line-head.js';

const idOf = (head: string) => refuseLongMessage(head)?.id;

describe('the error for a message that is too long', () => {
	test.for<[string, string, string | number | undefined]>([
		['a number', '{"jsonrpc":"2.0","id":17,"method":"tools/call","params":{"x":"yyy', 17],
		['a text', '{ "id" : "a\\"b}" , "method":"x"', 'a"b}'],
		['behind other fields', '{"params":{"a":[{"id":1}],"b":"}"},"id":-2,"meth', -2],
	])('has the id that the first bytes show: %s', ([, head, id]) => {
		expect(idOf(head)).toBe(id);
	});

	test.for([
		['cut off', '{"jsonrpc":"2.0","id":17'],
		['deeper in the message', '{"jsonrpc":"2.0","params":{"id":5,"x":"'],
		['within a text that is cut off', '{"params":"\\"id\\":5, {\\"id\\":6}, '],
		['of no kind', '{"id":{"id":5},"x":1'],
		['missing', 'xxxxxxxx'],
	] as const)('has no id where it is %s', ([, head]) => {
		expect(refuseLongMessage(head)).toMatchObject({ error: { code: -32600 } });
		expect(idOf(head)).toBeUndefined();
	});

	test.for(['{"jsonrpc":"2.0","id":0,"result":{"content":"xx', '{"id":0,"error":{"message":"xx'])(
		'does not exist where the message is itself an answer: %s',
		(head) => {
			expect(refuseLongMessage(head)).toBeUndefined();
		},
	);
});
