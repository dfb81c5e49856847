/** Lists the tools that principals may call, one list for all who may call the same ones. */
import { isObject } from '../base/json.js';
import { type PreparedTool, readPreparedTools } from '../mcp/prepared-tools.js';
import type { Tool } from '../mcp/tools.js';
import type { ZoneArgument } from '../operations/input.js';
import type { Bounds } from './bounds.js';

/** Distinct lists that are kept. Policies that change often leave lists that are not used. */
const MAX_LISTS = 1_000;

type Prepared = Readonly<Record<ZoneArgument, readonly PreparedTool[]>>;

/** The lists of tools. */
export class ToolLists {
	private readonly prepared: Prepared;
	private readonly lists = new Map<string, readonly Tool[]>();

	private constructor(prepared: Prepared) {
		this.prepared = prepared;
	}

	/** Reads what the build prepared. */
	static async read(): Promise<ToolLists> {
		const kinds = ['required', 'optional', 'fixed'] as const;
		const [required, optional, fixed] = await Promise.all(kinds.map((kind) => readPreparedTools(kind)));
		const withoutFiles = (tools: readonly PreparedTool[] = []) =>
			tools.map((one) => ({ ...one, tool: withoutFile(one.tool) }));
		return new ToolLists({
			required: withoutFiles(required),
			optional: withoutFiles(optional),
			fixed: withoutFiles(fixed),
		});
	}

	/** The tools that these bounds allow, in listing order. Equal lists are the same array. */
	listFor({ blockOf, zoneArgument }: Bounds): readonly Tool[] {
		const allowed = this.prepared[zoneArgument].filter((one) => blockOf(one) === undefined);
		const key = [zoneArgument, ...allowed.map(({ name }) => name)].join(' ');
		const known = this.lists.get(key);
		if (known) return known;
		const list = allowed.map(({ tool }) => tool);
		if (this.lists.size >= MAX_LISTS) this.lists.clear();
		this.lists.set(key, list);
		return list;
	}
}

/** The tool without `urls_file`: the files of a shared server are not those of its callers, so that such a call is refused. */
function withoutFile(tool: Tool): Tool {
	const { properties } = tool.inputSchema;
	if (!isObject(properties) || !('urls_file' in properties)) return tool;
	const { urls_file: _, ...others } = properties;
	return { ...tool, inputSchema: { ...tool.inputSchema, properties: others } };
}
