/** Lists the options that say how consent to destructive tools is obtained. */
import { CONFIRM_POLICIES } from '../../operations/scope.js';
import type { OptionTable } from '../option.js';
import { choiceOf, parseSecretKeys, parseText, SWITCH, splitSecrets, wholeNumber } from '../parsers.js';

export const consentOptions = {
	confirm: {
		flag: 'confirm',
		env: 'CF_CACHE_CONFIRM',
		value: 'POLICY',
		help: 'how consent to destructive tools is obtained',
		// Without a default, so that a server for many can tell whether the operator has decided.
		stdioDefault: 'ask',
		defaultText: 'ask; over HTTP block, unless the policy says otherwise',
		dialog: {
			title: 'Consent',
			help: 'ask: you confirm whatever empties a zone or host. code: Claude shows the plan first and repeats the call with a code. block: such tools are refused.',
		},
		guard: true,
		...choiceOf(CONFIRM_POLICIES),
	},
	skipConfirmation: {
		flag: 'dangerously-skip-confirmation',
		help: 'run destructive tools without consent',
		...SWITCH,
	},
	confirmZone: {
		flag: 'confirm-zone',
		value: 'ZONE',
		help: 'name of the zone, as your own consent to a destructive tool',
		commands: ['call'],
		parse: parseText,
	},
	confirmTtl: {
		flag: 'confirm-ttl',
		env: 'CF_CACHE_CONFIRM_TTL',
		value: 'SECONDS',
		help: 'lifetime of a confirmation code and, in MCP 2026-07-28, of a form, in seconds',
		default: 600,
		guard: true,
		parse: wholeNumber(10, 86_400),
	},
	confirmSecret: {
		env: 'CF_CACHE_CONFIRM_SECRET',
		help: "secret shared by replicas, so that each accepts the others' confirmation codes and sessions; while it is replaced, two, separated by a comma: the first signs, and both are accepted. Without --redis, a code works once in each replica",
		secret: true,
		secretsIn: splitSecrets,
		guard: true,
		parse: parseSecretKeys,
	},
} as const satisfies OptionTable;
