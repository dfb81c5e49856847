/** Derives from the configuration what other rooms need to know. Pure. */
import { isThisMachine } from '../base/identifiers.js';
import type { ZoneArgument } from '../operations/input.js';
import type { ConfirmPolicy, Scope } from '../operations/scope.js';
import type { Config } from './config.js';
import { secretsOfText } from './option.js';
import { OPTION_LIST } from './options/index.js';
import { API_ROOT } from './parsers.js';

/** How the sandbox behaves: with limits as strict as Cloudflare's, and the failures and delays that were asked for. */
export function sandboxSettingsOf({ faults, seed, latency }: Config) {
	return { limits: 'strict', latencyMs: latency, ...(faults > 0 && { faults: { rate: faults, seed } }) } as const;
}

/** How consent to destructive tools is obtained on a server of one client. */
export function policyOf({
	skipConfirmation,
	confirm = 'ask',
}: Pick<Config, 'skipConfirmation' | 'confirm'>): ConfirmPolicy {
	return skipConfirmation ? 'off' : confirm;
}

/** The host that requests go to, where that is neither Cloudflare's nor the sandbox. */
export function foreignHostOf({ sandbox, baseUrl }: Config): string | undefined {
	const { host } = new URL(baseUrl);
	return sandbox || host === new URL(API_ROOT).host ? undefined : host;
}

/**
 * The proxies that lead to the API; undefined where it is reached without one. A sandbox has none. Requests over plain http
 * stay on this machine, and so must their proxy: it would see the token.
 */
export function proxiesOf(config: Config): { https: string; http: string; except: string } | undefined {
	const { sandbox, baseUrl, httpsProxy = '', httpProxy = '', noProxy: except = '' } = config;
	if (sandbox) return undefined;
	if (new URL(baseUrl).protocol === 'https:')
		return httpsProxy || httpProxy ? { https: httpsProxy, http: httpProxy, except } : undefined;
	return httpProxy && isThisMachine(new URL(httpProxy).hostname) ? { https: '', http: httpProxy, except } : undefined;
}

/** Which operations are allowed. */
export function scopeOf(config: Parameters<typeof policyOf>[0] & Omit<Scope, 'blockDestructive'>): Scope {
	const { readOnly, toolsets, tools, excludeTools } = config;
	return { readOnly, toolsets, tools, excludeTools, blockDestructive: policyOf(config) === 'block' };
}

/** The default zone, and the only zones that are allowed. */
type ZoneOptions = { readonly [Name in 'zone' | 'zones']?: Config[Name] | undefined };

/** How tools take a zone. With a default zone and no other allowed, the argument would only cost tokens. */
export function zoneArgumentOf({ zone, zones }: ZoneOptions): ZoneArgument {
	if (zone === undefined) return 'required';
	return zones?.length === 1 ? 'fixed' : 'optional';
}

/** Secrets in the configuration, trimmed. They must never be shown. */
export function secretsOf(config: Config): string[] {
	const values: Readonly<Record<string, unknown>> = { ...config };
	return OPTION_LIST.flatMap(([name, option]) => {
		const value = values[name];
		const texts: unknown[] = Array.isArray(value) ? value : [value];
		return texts.flatMap((text) => (typeof text === 'string' ? secretsOfText(option, text.trim()) : []));
	});
}
