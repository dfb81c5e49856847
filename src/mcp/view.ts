/** Names the view of the tools' results, by the extension io.modelcontextprotocol/ui, and reads it. */
import { existsSync, readFileSync } from 'node:fs';

/** The address under which clients read the view. */
export const VIEW_URI = 'ui://cf-cache/zone.html';
/** The type of a view. */
export const VIEW_TYPE = 'text/html;profile=mcp-app';
/** Name of the built view, in the folder of the built command. */
export const VIEW_FILE = 'view.html';

/** The tools whose results the view shows. */
export const VIEWED_TOOLS: ReadonlySet<string> = new Set(['cache_overview', 'cache_analytics']);

/** The text of the built view. A run from the source takes the one that the last build has left. */
export function readView(): string {
	const places = [`./${VIEW_FILE}`, `../../dist/${VIEW_FILE}`].map((place) => new URL(place, import.meta.url));
	const built = places.find((place) => existsSync(place));
	if (!built) throw new Error('the view is not built: run npm run build');
	return readFileSync(built, 'utf8');
}
