/** Describes the options in force, for the log. Loaded only where that is logged. Pure. */
import type { Config } from './config.js';
import type { Option } from './option.js';
import { OPTION_LIST } from './options/index.js';

/** The options that differ from their defaults, by flag or variable. Of those that may hold a secret, only that they are set. */
export function describeOptionsInForce(config: Config): Record<string, string> {
	const values: Readonly<Record<string, unknown>> = { ...config };
	return Object.fromEntries(
		OPTION_LIST.flatMap(([name, option]) => {
			const value = values[name];
			const isSet = value !== undefined && value !== option.default;
			return isSet ? [[option.flag ?? option.env ?? name, mayBeSecret(option) ? '[set]' : show(value)]] : [];
		}),
	);
}

function mayBeSecret({ secret, secretsIn, isPrivate }: Option<unknown>): boolean {
	return Boolean(secret || secretsIn || isPrivate);
}

function show(value: unknown): string {
	return typeof value === 'string' ? value : JSON.stringify(value);
}
