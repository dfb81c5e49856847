/** Completes arguments of prompts and variables of resource templates while the user types them. */
import { isObject } from '../base/json.js';
import { quote } from '../base/sanitize.js';
import type { Caller } from './caller.js';
import { invalidParams, type Loaded, type Params, type Served } from './methods.js';
import { argumentsOf } from './prompts.js';
import type { Result } from './requests.js';
import { variablesOf } from './resources.js';

/** Gives the values that begin with what the user has typed, best first. */
type Complete = (typed: string, loaded: Loaded, caller: Caller) => readonly string[] | Promise<readonly string[]>;

/** What completes each argument, by its name. Prompts and templates use one name for one thing. */
const COMPLETIONS: ReadonlyMap<string, Complete> = new Map();

/** The most values that MCP lets an answer hold. */
const MAX_VALUES = 100;

/** Answers completion/complete. */
export async function completeArgument(params: Params, caller: Caller, served: Served): Promise<Result> {
	const { name, value } = readArgument(params);
	const names = namesOf(params, served);
	if (!names.includes(name)) throw invalid(`there is no argument ${quote(served.toOutput(name), 64)}`);
	const complete = COMPLETIONS.get(name);
	const values = complete ? await complete(value, await served.load(), caller) : [];
	return {
		completion: {
			values: values.slice(0, MAX_VALUES),
			total: values.length,
			hasMore: values.length > MAX_VALUES,
		},
	};
}

/** The argument to be completed, and what the user has typed of it. */
function readArgument({ argument }: Params): { name: string; value: string } {
	const { name, value } = isObject(argument) ? argument : {};
	if (typeof name !== 'string' || typeof value !== 'string')
		throw invalid('argument must have a name and a value, both strings');
	return { name, value };
}

/** The arguments that the prompt or the template has to which the request refers. */
function namesOf({ ref }: Params, { tools, toOutput }: Served): readonly string[] {
	const { type, name, uri } = isObject(ref) ? ref : {};
	if (type === 'ref/prompt' && typeof name === 'string') {
		const names = argumentsOf(name, tools);
		if (!names) throw invalid(`there is no prompt ${quote(toOutput(name), 64)}`);
		return names;
	}
	if (type === 'ref/resource' && typeof uri === 'string') {
		const names = variablesOf(uri);
		if (!names) throw invalid(`there is no resource template ${quote(toOutput(uri), 200)}`);
		return names;
	}
	throw invalid('ref must name a prompt or a resource template');
}

const invalid = (problem: string) => invalidParams('completion/complete', problem);
