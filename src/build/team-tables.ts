/** Derives the tables of the README about a server that a team shares. Pure. */
import type { IDENTITY_FIELDS, limitFields } from '../config/policy/fields.js';
import { FIRST_SCOPES, SCOPES, type ScopeName, scopeOf } from '../mcp/http/auth/scopes.js';
import { OPERATIONS } from '../operations/index.js';
import { formatCode, formatTable } from './tables.js';

/** What each field of a policy file's entry means. TypeScript demands a text for each field that the parser knows. */
const POLICY_FIELDS: Readonly<Record<keyof typeof IDENTITY_FIELDS | keyof ReturnType<typeof limitFields>, string>> = {
	name: 'who it is, in logs and audit lines; two tokens of one name are one caller',
	sha256: 'SHA-256 of its bearer tokens, in hexadecimal; two while one replaces the other',
	subjects: 'its `sub` at the OAuth issuer',
	toolsets: 'only these families of tools',
	tools: 'only these tools',
	exclude_tools: 'all tools except these',
	read_only: '`true`: only tools that read',
	zones: 'only these zones, such as `"a.com"` or `"b.com=ID"`',
	zone: 'its default zone',
	confirm: 'consent to destructive tools: `ask`, `code` or `block`; `block` where it is not given',
	token_env: 'environment variable of the server that holds its own Cloudflare API token',
	token_file: 'file of the server that holds its own Cloudflare API token',
};

/** The fields of an entry of the policy file. */
export const policyTable = formatTable(
	['field', 'meaning'],
	Object.entries(POLICY_FIELDS).map(([name, meaning]) => [formatCode(name), meaning]),
);

/** The OAuth scopes, and the tools that need each. */
export const scopeTable = formatTable(
	['scope', 'first login asks for it', 'tools'],
	SCOPES.map((scope) => [formatCode(scope), FIRST_SCOPES.includes(scope) ? 'yes' : '', describeTools(scope)]),
);

/** Many tools only read, so these are not listed one by one. */
function describeTools(scope: ScopeName): string {
	const names = OPERATIONS.filter((one) => scopeOf(one) === scope).map(({ name }) => formatCode(name));
	if (scope === 'cache:read') return `all ${names.length} that only read`;
	if (scope !== 'cache:destroy') return names.join(', ');
	// Some calls need consent by their arguments, and some by what they find.
	const others = OPERATIONS.filter((one) => scopeOf(one) !== scope && (one.needsConsent || one.resumes || one.plan));
	return `${names.join(', ')}; where a call needs consent, also ${others.map(({ name }) => formatCode(name)).join(', ')}`;
}
