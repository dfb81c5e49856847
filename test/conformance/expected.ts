/** Lists which scenarios the conformance suite is to be passed in, and what is known not to pass, with the reason. */

/** Revisions of MCP, as the suite names its sets of requirements. */
export const REVISIONS = ['2026-07-28', '2025-11-25'] as const;
export type Revision = (typeof REVISIONS)[number];

/** Scenarios that ask nothing of the suite's own tools: the product has to pass them with its real ones. */
export const OF_PRODUCT: Readonly<Record<Revision, readonly string[]>> = {
	'2026-07-28': [
		'server-stateless',
		'tools-list',
		'server-sse-multiple-streams',
		'resources-list',
		'sep-2164-resource-not-found',
		'prompts-list',
		'dns-rebinding-protection',
		'caching',
		'input-required-result-unsupported-methods',
		'http-header-validation',
	],
	'2025-11-25': [
		'server-initialize',
		'ping',
		'tools-list',
		'server-sse-multiple-streams',
		'resources-list',
		'prompts-list',
		'dns-rebinding-protection',
		'server-session-lifecycle',
	],
};

/** Something that does not pass. */
export interface Exception {
	readonly target: 'fixture' | 'product';
	/** In every revision that has it. */
	readonly scenario: string;
	/** The checks that fail: all of these, and no others. When absent, any may fail, and all may be skipped. */
	readonly checks?: readonly string[];
	readonly reason: string;
}

const NO_TASKS = 'Tasks are an extension of MCP, which the server neither has nor declares.';

const TASK_SCENARIOS = [
	'lifecycle',
	'capability-negotiation',
	'wire-fields',
	'request-state-removal',
	'mrtr-input',
	'request-headers',
	'dispatch-and-envelope',
	'status-notifications',
	'required-task-error',
	'mrtr-composition',
];

/** All known failures. A run fails when anything else fails, and when one of these passes. */
export const EXCEPTIONS: readonly Exception[] = [
	...TASK_SCENARIOS.map((name): Exception => ({ target: 'fixture', scenario: `tasks-${name}`, reason: NO_TASKS })),
	{
		target: 'fixture',
		scenario: 'json-schema-2020-12',
		checks: ['json-schema-2020-12-tool-found'],
		reason: 'No tool of the server uses these keywords, so the fixture has none that does.',
	},
	{
		target: 'fixture',
		scenario: 'http-custom-header-server-validation',
		checks: [
			'sep-2243-server-no-xmcp-tool',
			'sep-2243-server-decode-base64',
			'sep-2243-server-validate-param-match',
			'sep-2243-server-reject-invalid-param-chars',
			'sep-2243-server-reject-param-mismatch',
		],
		reason: 'No argument of the server goes into a header (x-mcp-header).',
	},
	{
		target: 'fixture',
		scenario: 'server-sse-polling',
		reason: 'The suite skips it where a stream cannot be resumed. The server resumes none.',
	},
	{
		target: 'product',
		scenario: 'server-stateless',
		checks: ['sep-2575-server-rejects-undeclared-capability', 'sep-2575-missing-capability-http-400'],
		reason:
			'Both checks that fail call a tool that only the suite has. The server answers an unknown tool with a text, from which models recover.',
	},
];
