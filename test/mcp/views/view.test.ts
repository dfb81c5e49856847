/** The view in a real browser: what it shows, what its buttons ask for, and what it leaves alone. */
import { join } from 'node:path';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import axe from 'axe-core';
import type { Browser, Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../package/folder.js';
import { openSession, type Session, type User, ZONE } from '../../support/session.js';
import { findChromium, type OpenView, openView, startBrowser, type ViewOptions } from '../../support/view.js';
import type { HostWindow } from '../../support/view-setup.js';

const program = findChromium(process.env);
if (!program) process.stderr.write('No Chromium was found: the tests of the view are skipped.\n');
/** The folder of the screenshots, to be looked at after a change. */
const PICTURES = join(ROOT, 'node_modules/.cache/view');

const CLEAR = 'Cache Reserve is off and still stores 120 GB, which is billed.';
const TIERED = 'Tiered Cache is off: every data centre asks the origin.';

let browser: Browser;
beforeAll(async () => {
	if (program) browser = await startBrowser(program);
});
afterAll(() => browser?.close());

/** A zone with mappings, and with Tiered Cache off. */
async function prepare(user?: User): Promise<Session> {
	const session = await openSession(user ? { user } : {});
	const mappings = [
		['192.0.2.1', 'aws', 'us-east-1'],
		['192.0.2.2', 'aws', 'us-east-1'],
		['192.0.2.3', 'gcp', 'us-central1'],
	].map(([origin_ip, vendor, region]) => ({ origin_ip, vendor, region }));
	await session.call('origin_cloud_regions_bulk_update', { zone: ZONE, mappings });
	await session.call('tiered_cache_edit', { zone: ZONE, value: 'off' });
	return session;
}

async function show(session: Session, name: string, options?: ViewOptions & { change?(result: CallToolResult): void }) {
	const args = { zone: ZONE };
	const result = (await session.client.callTool({ name, arguments: args })) as CallToolResult;
	options?.change?.(result);
	return openView(browser, session, { arguments: args, result }, options);
}

/** Adds a finding whose fix destroys. The sandbox stores nothing while Cache Reserve is off. */
function plantClear({ structuredContent }: CallToolResult): void {
	const { result } = structuredContent as { result: { findings: { value: object[] } } };
	const fix = { tool: 'cache_reserve_clear', arguments: {} };
	result.findings.value.push({ severity: 2, finding: CLEAR, fix });
}

const fixFor = (frame: Frame, finding: string) => frame.getByRole('button', { name: `Fix… ${finding}` });
const statusOf = (frame: Frame) => frame.getByRole('status');

/** What axe-core finds, as the names of its rules and the elements. */
async function findViolations(frame: Frame): Promise<unknown[]> {
	await frame.evaluate(axe.source);
	return frame.evaluate(async () => {
		const browserWindow = globalThis as unknown as {
			axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
		};
		const { violations } = await browserWindow.axe.run();
		return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
	});
}

function expectQuiet({ problems, strays }: OpenView): void {
	expect(problems).toEqual([]);
	expect(strays).toEqual([]);
}

describe.skipIf(!program)('the view in Chromium (skipped where none is installed, never in CI)', () => {
	const looks = (['cache_overview', 'cache_analytics'] as const).flatMap((name) =>
		(['light', 'dark'] as const).flatMap((colorScheme) =>
			[900, 380].map((width) => [name, colorScheme, width] as const),
		),
	);

	test.for(looks)(
		'of %s, %s and %i pixels wide, has no fault that axe-core knows and loads nothing',
		async ([name, colorScheme, width]) => {
			const view = await show(await prepare(), name, { colorScheme, width });
			expect(await findViolations(view.frame)).toEqual([]);
			const isTooWide = await view.frame.evaluate('document.documentElement.scrollWidth > innerWidth');
			expect(isTooWide).toBe(false);
			await view.page.setViewportSize({
				width,
				height: await view.page.evaluate<number>('document.documentElement.scrollHeight'),
			});
			await view.page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}-${width}.png`) });
			expectQuiet(view);
		},
	);

	test('says which tiers are on, for readers of a screen too', async () => {
		const { frame } = await show(await prepare(), 'cache_overview');
		expect(
			await frame.getByRole('list', { name: 'The way of a request' }).getByRole('listitem').allTextContents(),
		).toEqual([
			'Visitor',
			'Lower tier, on, data centre near the visitor',
			'Regional hub, off',
			'Upper tier, off',
			'Cache Reserve, off',
			'Origin, 3 mapped to regions',
		]);
		expect(await frame.locator('.bars li').allTextContents()).toEqual(['us-east-12', 'us-central11']);
	});

	test('plots the hit ratio of each hour, and has its numbers in a table', async () => {
		const { frame } = await show(await prepare(), 'cache_analytics');
		expect(await frame.getByRole('img').getAttribute('aria-label')).toMatch(
			/^Hit ratio over time, from 8\d\.\d % to 8\d\.\d %$/,
		);
		await frame.getByText('Numbers of the plot').click();
		expect(await frame.locator('details tbody tr').count()).toBe(24);
	});

	test('lists the last purges that Cloudflare has on record', async () => {
		const { frame } = await show(await prepare(), 'cache_analytics', {
			change: ({ structuredContent }) => {
				const { result } = structuredContent as { result: { purges?: object[] } };
				result.purges = [
					{ time: '2026-11-25T12:07:30Z', what: 'everything', by: 'jane@example.com', result: 'success' },
				];
			},
		});
		expect(await frame.locator('section[aria-labelledby=purges] dl').innerText()).toMatch(
			/^Nov 25, 12:07\s+everything · by jane@example\.com · success$/,
		);
	});

	test('asks for the fix through the host, shows the zone anew, and tells the model', async () => {
		const session = await prepare();
		const view = await show(session, 'cache_overview', {
			capabilities: { serverTools: {}, updateModelContext: { text: {} } },
		});
		await fixFor(view.frame, TIERED).click();
		await statusOf(view.frame).getByText('off → on').waitFor();
		expect(view.calls).toEqual([
			{ name: 'tiered_cache_edit', arguments: { zone: ZONE, value: 'on' } },
			{ name: 'cache_overview', arguments: { zone: ZONE } },
		]);
		expect(session.changes().at(-1)).toMatchObject({ method: 'PATCH', body: { value: 'on' } });
		expect(await fixFor(view.frame, TIERED).count()).toBe(0);
		expect(await view.frame.evaluate('document.activeElement.id')).toBe('findings');
		expect(view.asked).toMatchObject([{ method: 'ui/update-model-context' }]);
		expect(await findViolations(view.frame)).toEqual([]);
		await view.page.screenshot({ path: join(PICTURES, 'after-a-fix.png') });
		expectQuiet(view);
	});

	test('changes nothing where the user refuses the form of a fix that destroys', async () => {
		const session = await prepare(() => ({ action: 'decline' }));
		const before = session.changes().length;
		const view = await show(session, 'cache_overview', { change: plantClear });
		await fixFor(view.frame, CLEAR).click();
		await statusOf(view.frame).getByText('Nothing was changed.').waitFor();
		expect(session.forms).toHaveLength(1);
		expect(session.changes()).toHaveLength(before);
		expect(view.calls.map(({ name }) => name)).toEqual(['cache_reserve_clear']);
	});

	test('shows what would be lost, but not the code, where the client has no forms', async () => {
		const session = await prepare();
		const before = session.changes().length;
		const view = await show(session, 'cache_overview', { change: plantClear });
		await fixFor(view.frame, CLEAR).click();
		await statusOf(view.frame).getByText('The server needs your consent first').waitFor();
		expect(await statusOf(view.frame).textContent()).not.toMatch(/confirm:/);
		expect(session.changes()).toHaveLength(before);
	});

	test('has every button within reach of the keyboard, and one that Enter presses', async () => {
		const view = await show(await prepare(), 'cache_overview', { capabilities: { serverTools: {} } });
		const buttons = await view.frame.locator('button').evaluateAll((all) => all.map((one) => one.outerHTML));
		const reached = new Set<string>();
		for (let press = 0; press <= buttons.length; press += 1) {
			await view.page.keyboard.press('Tab');
			reached.add(await view.frame.evaluate<string>('document.activeElement.outerHTML'));
		}
		expect(buttons).toHaveLength(3);
		expect(buttons.filter((button) => !reached.has(button))).toEqual([]);
		await fixFor(view.frame, TIERED).focus();
		await view.page.keyboard.press('Enter');
		await statusOf(view.frame).getByText('off → on').waitFor();
		expect(view.calls[0]?.name).toBe('tiered_cache_edit');
	});

	test('shows the traffic on request, beside the settings', async () => {
		const view = await show(await prepare(), 'cache_overview', { capabilities: { serverTools: {} } });
		await view.frame.getByRole('button', { name: 'Show the traffic' }).click();
		await view.frame.getByRole('heading', { name: 'Traffic of the last 24 hours' }).waitFor();
		expect(view.calls).toEqual([{ name: 'cache_analytics', arguments: { zone: ZONE } }]);
		expect(await view.frame.getByRole('heading', { name: 'The way of a request' }).count()).toBe(1);
		expectQuiet(view);
	});

	test('offers no button that the host cannot serve', async () => {
		const view = await show(await prepare(), 'cache_overview', { capabilities: {} });
		expect(await view.frame.getByText(TIERED).count()).toBe(1);
		expect(await view.frame.locator('button').count()).toBe(0);
	});

	test('shows text from outside as text', async () => {
		const planted = '<img src=http://evil.test/x onerror=alert(1)>';
		const view = await show(await prepare(), 'cache_analytics', {
			change: ({ structuredContent }) => {
				const { result } = structuredContent as { result: { uncached: { path: string }[] } };
				for (const row of result.uncached) row.path = planted;
			},
		});
		expect(await view.frame.getByText(planted).count()).toBeGreaterThan(0);
		expect(await view.frame.locator('img').count()).toBe(0);
		expectQuiet(view);
	});

	test('shows the text of a failure', async () => {
		const { frame } = await show(await prepare(), 'cache_overview', {
			change: (result) => {
				result.isError = true;
				result.structuredContent = undefined;
				result.content = [{ type: 'text', text: 'There is no zone with this name.' }];
			},
		});
		expect(await frame.getByRole('alert').textContent()).toBe('There is no zone with this name.');
	});

	test('follows the theme of the host, and a later change of it', async () => {
		const { page, frame } = await show(await prepare(), 'cache_overview', { context: { theme: 'dark' } });
		// The page forbids the evaluation by which the browser itself would wait.
		const ground = () => frame.evaluate<string>('getComputedStyle(document.body).backgroundColor');
		await expect.poll(ground).toBe('rgb(22, 24, 28)');
		await page.evaluate(() => (globalThis as unknown as HostWindow).changeContext({ theme: 'light' }));
		await expect.poll(ground).toBe('rgb(255, 255, 255)');
	});

	test('hears no window but the one of its host', async () => {
		const { frame } = await show(await prepare(), 'cache_overview');
		await frame.evaluate(
			"new Promise((done) => { addEventListener('message', done); postMessage({ jsonrpc: '2.0', method: 'ui/notifications/tool-cancelled', params: {} }, '*') })",
		);
		expect(await frame.getByRole('heading', { name: ZONE }).count()).toBe(1);
		expect(await frame.getByText('The call was cancelled.').count()).toBe(0);
	});
});
