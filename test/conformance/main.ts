/**
 * Runs MCP's conformance suite in both revisions against the fixture and the product, lets its Inspector and mcporter use the
 * product, and prints the results: `node src/build/run.mjs test/conformance/main.ts NODE SUITE INSPECTOR NODE24 MCPORTER`. NODE
 * runs what the folders SUITE and INSPECTOR hold, and NODE24 what MCPORTER holds.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { EXCEPTIONS, type Exception, OF_PRODUCT, REVISIONS, type Revision } from './expected.js';
import { runInspector } from './inspector.js';
import { runMcporter } from './mcporter.js';
import { startFixture, startProduct, type Target } from './targets.js';
import { judge, readScenarios, type Verdict } from './verdict.js';

/** Time limit of one run of the suite. It takes 5 s on an idle machine. */
const RUN_TIMEOUT_MS = 3 * 60_000;

/** The scenarios that a revision demands of servers, and those that are run but do not count. */
interface Requirements {
	readonly server: readonly string[];
	readonly not_scored: readonly { readonly scenario: string; readonly leg: string }[];
}

const [node = '', suite = '', inspector = '', node24 = '', mcporter = ''] = process.argv.slice(2);
const print = (line: string) => void process.stdout.write(`${line}\n`);

/** Runs the suite against a target. Its results lie in `folder` then. */
async function runSuite({ url }: Target, revision: Revision, folder: string): Promise<void> {
	const args = ['server', '--url', url, '--requirements', revision, '--output-dir', folder];
	const child = spawn(node, [join(suite, 'dist/index.js'), ...args], { stdio: 'ignore', timeout: RUN_TIMEOUT_MS });
	// The exit code says nothing more: it is 1 wherever the product lacks the suite's tools.
	await once(child, 'close');
}

/** The scenarios to be judged, with those first that count. */
function scenariosOf(kind: Exception['target'], revision: Revision): { scored: string[]; others: string[] } {
	const requirements = parse(readFileSync(join(suite, 'requirements', `${revision}.yaml`), 'utf8')) as Requirements;
	const isOurs = (name: string) => kind === 'fixture' || OF_PRODUCT[revision].includes(name);
	const others = requirements.not_scored.filter(({ leg }) => leg === 'server').map(({ scenario }) => scenario);
	return { scored: requirements.server.filter(isOurs), others: others.filter(isOurs) };
}

function report(kind: Exception['target'], revision: Revision, folder: string): boolean {
	const { scored, others } = scenariosOf(kind, revision);
	const scenarios = readScenarios(folder);
	const exceptions = EXCEPTIONS.filter(({ target }) => target === kind);
	const judgeAll = (names: readonly string[]) => names.map((name) => judge(name, scenarios, exceptions));
	const [counted, uncounted] = [judgeAll(scored), judgeAll(others)];
	const passed = counted.filter(({ outcome }) => outcome === 'passed').length;
	const what = kind === 'fixture' ? "the suite's tools" : 'the real tools';
	print(`\nMCP ${revision} with ${what}: ${passed} of ${counted.length} scored scenarios pass.`);
	for (const verdict of counted) printVerdict(verdict);
	if (uncounted.length > 0) print(' Run, but not scored:');
	for (const verdict of uncounted) printVerdict(verdict);
	return [...counted, ...uncounted].every(({ outcome }) => outcome !== 'wrong');
}

const MARKS: Readonly<Record<Verdict['outcome'], string>> = { passed: '✓', excepted: '~', wrong: '✗' };

function printVerdict({ name, outcome, checks, passed, reason, problems }: Verdict): void {
	print(` ${MARKS[outcome]} ${name} (${passed}/${checks})${reason === undefined ? '' : `: ${reason}`}`);
	for (const problem of problems) print(`     ${problem}`);
}

async function main(): Promise<number> {
	const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
	try {
		return (await runAll(folder)) ? 0 : 1;
	} finally {
		rmSync(folder, { recursive: true });
	}
}

async function runAll(folder: string): Promise<boolean> {
	const fixture = await startFixture(join(folder, 'state'));
	let isRight = await judgeTarget('fixture', fixture, folder);
	await fixture.close();
	const product = await startProduct(join(folder, 'state'));
	isRight = (await judgeTarget('product', product, folder)) && isRight;
	const { url } = product;
	isRight = (await runInspector({ node, folder: inspector, url, print })) && isRight;
	isRight = (await runMcporter({ node: node24, folder: mcporter, home: folder, print })) && isRight;
	await product.close();
	print(isRight ? '\nEverything is as expected.' : '\nSomething is not as expected: see the lines with ✗.');
	return isRight;
}

async function judgeTarget(kind: Exception['target'], target: Target, folder: string): Promise<boolean> {
	let isRight = true;
	for (const revision of REVISIONS) {
		const results = join(folder, `${kind}-${revision}`);
		await runSuite(target, revision, results);
		isRight = report(kind, revision, results) && isRight;
	}
	return isRight;
}

process.exitCode = await main();
