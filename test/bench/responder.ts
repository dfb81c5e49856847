/** Answers MCP over stdio with fixed results, no packages and no checks. The bench compares with it. */
const zone = { type: 'string', description: 'Zone id' };
const tools = Array.from({ length: 24 }, (_, at) => ({
	name: `setting_${at + 1}_edit`,
	description: `Changes setting ${at + 1} of a zone`,
	inputSchema: {
		type: 'object',
		properties: { zone, value: { type: 'string', description: 'New value' } },
		required: ['zone', 'value'],
	},
}));

const RESULTS: Readonly<Record<string, unknown>> = {
	initialize: {
		protocolVersion: '2025-06-18',
		capabilities: { tools: {} },
		serverInfo: { name: 'responder', version: '0.0.0' },
	},
	'tools/list': { tools },
	'tools/call': { content: [{ type: 'text', text: 'Done.' }] },
};

let rest = '';
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
	const lines = (rest + chunk).split('\n');
	rest = lines.pop() ?? '';
	for (const line of lines) {
		const { id, method } = JSON.parse(line) as { id?: number; method: string };
		if (id === undefined) continue;
		process.stdout.write(`${JSON.stringify({ result: RESULTS[method] ?? {}, jsonrpc: '2.0', id })}\n`);
	}
});
