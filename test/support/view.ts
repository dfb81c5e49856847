/** Opens the view in a real browser: in a frame of a host that hands the calls of the view to a session of a real client. */
import { existsSync } from 'node:fs';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { build } from 'esbuild';
import { type Browser, chromium, type Frame, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import type { Session } from './session.js';
import type { HostSetup, HostWindow } from './view-setup.js';

/** Where Debian and others put the browser. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser's program; undefined where there is none. In CI it must be there: a test that is left out proves nothing. */
export function findChromium(env: Readonly<Record<string, string | undefined>>): string | undefined {
	const found = [env.CHROMIUM, ...PLACES].find((place) => place && existsSync(place));
	if (found || !env.CI) return found;
	throw new Error('CI needs Chromium for the tests of the view: .ci/run installs it');
}

/** Ends a wait for the browser that hangs, before the time limit of the test does: the error names what was waited for. */
const HANG_MS = 60_000;

/** Starts the browser. It ends with the file of tests that started it. */
export async function startBrowser(executablePath: string): Promise<Browser> {
	const args = ['--no-sandbox', '--disable-dev-shm-usage'];
	return chromium.launch({ executablePath, args, timeout: HANG_MS });
}

/** The rules that the extension demands of a host where a view names no other hosts. */
const CONTENT_SECURITY_POLICY = [
	"default-src 'none'",
	"script-src 'self' 'unsafe-inline'",
	"style-src 'self' 'unsafe-inline'",
	"img-src 'self' data:",
	"media-src 'self' data:",
	"connect-src 'none'",
	"frame-src 'none'",
	"object-src 'none'",
	"base-uri 'self'",
].join('; ');

const ORIGIN = 'http://host.test';
const FAVICON = `${ORIGIN}/favicon.ico`;

/** What a test may choose. */
export interface ViewOptions extends Partial<Omit<HostSetup, 'result' | 'input'>> {
	readonly width?: number;
	readonly colorScheme?: 'light' | 'dark';
}

/** A view that shows a result. */
export interface OpenView {
	readonly page: Page;
	readonly frame: Frame;
	/** Calls that the view asked for, oldest first, and what else it asked for. */
	readonly calls: { name: string; arguments?: Record<string, unknown> | undefined }[];
	readonly asked: { method: string; params: unknown }[];
	/** Lines of the console that are warnings or errors, and errors of the page. */
	readonly problems: string[];
	/** Requests other than those for the host and for the view. */
	readonly strays: string[];
}

/** Opens the view for the result of a call. */
export async function openView(
	browser: Browser,
	{ client }: Pick<Session, 'client'>,
	call: { arguments: Record<string, unknown>; result: CallToolResult },
	options: ViewOptions = {},
): Promise<OpenView> {
	const { width = 900, colorScheme = 'light', capabilities = { serverTools: {} }, context = {} } = options;
	const page = await browser.newPage({ viewport: { width, height: 1_000 }, colorScheme });
	page.setDefaultTimeout(HANG_MS);
	onTestFinished(() => page.close());
	const view: OpenView = { page, frame: page.mainFrame(), calls: [], asked: [], problems: [], strays: [] };
	listen(view);
	await serve(view, await readView(client));
	await page.exposeFunction('callServer', async (params: OpenView['calls'][number]) => {
		view.calls.push(params);
		return (await client.callTool(params)) as CallToolResult;
	});
	await page.exposeFunction('record', (method: string, params: unknown) => {
		view.asked.push({ method, params });
	});
	await page.goto(ORIGIN);
	const setup: HostSetup = { capabilities, context, input: call.arguments, result: call.result };
	await page.evaluate((one) => (globalThis as unknown as HostWindow).openView(one), setup);
	const frame = page.frames().find((one) => one.url() === `${ORIGIN}/view`);
	if (!frame) throw new Error('the view has no frame');
	await frame.waitForSelector('main:not([aria-busy])');
	return { ...view, frame };
}

function listen({ page, problems }: OpenView): void {
	page.on('console', (line) => {
		if (['warning', 'error'].includes(line.type())) problems.push(line.text());
	});
	page.on('pageerror', (error) => problems.push(error.message));
}

/** Answers the two requests that are allowed, and stops every other one. */
async function serve({ page, strays }: OpenView, view: string): Promise<void> {
	const script = await bundleHost();
	const host =
		'<!doctype html><html lang="en"><title>Host</title><body style="margin:0"><script src="/host.js"></script>';
	await page.route('**', async (route) => {
		const url = route.request().url();
		if (url === `${ORIGIN}/`) return route.fulfill({ contentType: 'text/html', body: host });
		if (url === `${ORIGIN}/host.js`) return route.fulfill({ contentType: 'text/javascript', body: script });
		if (url === `${ORIGIN}/view`)
			return route.fulfill({
				contentType: 'text/html',
				headers: { 'content-security-policy': CONTENT_SECURITY_POLICY },
				body: view,
			});
		if (url !== FAVICON) strays.push(url);
		return route.abort();
	});
}

async function readView(client: Session['client']): Promise<string> {
	const { tools } = await client.listTools();
	const ui = tools.find(({ name }) => name === 'cache_overview')?._meta?.ui as { resourceUri: string };
	const { contents } = await client.readResource({ uri: ui.resourceUri });
	return String(contents[0] && 'text' in contents[0] ? contents[0].text : '');
}

let bundled: Promise<string> | undefined;

function bundleHost(): Promise<string> {
	bundled ??= build({
		entryPoints: ['test/support/view-host.ts'],
		bundle: true,
		write: false,
		format: 'iife',
		platform: 'browser',
		logLevel: 'silent',
	}).then(({ outputFiles }) => outputFiles[0]?.text ?? '');
	return bundled;
}
