/** Lists every option once. Parsing, errors, help, README, server.json and the bundle's manifest derive from this table. */
import type { Option, OptionTable } from '../option.js';
import { commandOptions } from './commands.js';
import { consentOptions } from './consent.js';
import { credentialOptions } from './credentials.js';
import { fileOptions } from './files.js';
import { httpOptions } from './http.js';
import { requestOptions } from './requests.js';
import { sandboxOptions } from './sandbox.js';
import { scopeOptions } from './scope.js';

/** The options by their subject, in the order of the help. */
export const OPTION_GROUPS = {
	credential: { title: 'Credential', options: credentialOptions },
	scope: { title: 'Zones and tools', options: scopeOptions },
	consent: { title: 'Consent', options: consentOptions },
	requests: { title: 'Requests', options: requestOptions },
	files: { title: 'Files and log', options: fileOptions },
	http: { title: 'A server for many (HTTP)', options: httpOptions },
	sandbox: { title: 'Simulated API', options: sandboxOptions },
	commands: { title: 'Single commands', options: commandOptions },
} as const satisfies Readonly<Record<string, { title: string; options: OptionTable }>>;

/** The options, in the order of the help. */
export const OPTIONS = {
	...credentialOptions,
	...scopeOptions,
	...consentOptions,
	...requestOptions,
	...fileOptions,
	...httpOptions,
	...sandboxOptions,
	...commandOptions,
} satisfies OptionTable;

type Table = typeof OPTIONS;

/** Name of an option. */
export type OptionName = keyof Table;

type Values = { readonly [Name in OptionName]: ReturnType<Table[Name]['parse']> };
type Defaulted = { [Name in OptionName]: Table[Name] extends { readonly default: unknown } ? Name : never }[OptionName];

/** The values of all options. One that was not given has its default, or is absent where it has none. */
export type OptionValues = Pick<Values, Defaulted> & Partial<Omit<Values, Defaulted>>;

/** Every option with its name, in the order of the help. */
export const OPTION_LIST = Object.entries<Option<unknown>>(OPTIONS);
