/** Starts the view: everything on the page comes from the host's messages. */
import { isObject } from '../../base/json.js';
import { Host } from './host.js';
import { Page } from './page.js';

/** Name and version of the product. The build puts them in: version.ts would bring all of package.json. */
declare const APP_INFO: { readonly name: string; readonly version: string };

const [main, status] = [document.getElementById('page'), document.getElementById('status')];
if (main && status) {
	const page = new Page(main, status);
	const host: Host = new Host({
		onInput: (args) => page.takeInput(args),
		onResult: (result) => page.takeResult(result, host),
		onCancelled: () => page.takeCancellation(),
		onContext: applyContext,
	});
	host.connect(APP_INFO).catch((error: unknown) => {
		status.textContent = String(error);
	});
}

/** Takes theme, colors and fonts of the host. A host that gives none leaves them to the system of the user. */
function applyContext({ theme, styles }: Readonly<Record<string, unknown>>): void {
	const root = document.documentElement;
	if (theme === 'light' || theme === 'dark') root.style.colorScheme = theme;
	const { variables } = isObject(styles) ? styles : {};
	for (const [name, value] of Object.entries(isObject(variables) ? variables : {}))
		if (name.startsWith('--') && typeof value === 'string') root.style.setProperty(name, value);
}
