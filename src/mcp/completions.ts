/** Completes arguments of prompts and variables of resource templates while the user types them. */
import { isObject } from '../base/json.js';
import { quote } from '../base/sanitize.js';
import type { Caller } from './caller.js';
import { COMPLETIONS, type Typed } from './completion-values.js';
import { invalidParams, type Params, type Served } from './methods.js';
import { argumentsOf } from './prompts.js';
import type { Result } from './requests.js';
import { variablesOf } from './resources.js';

/** The most values that MCP lets an answer hold. */
const MAX_VALUES = 100;
/** Longer texts complete to nothing. A zone name has 253 characters at most. */
const MAX_TYPED_CHARACTERS = 253;

/** Answers completion/complete. */
export async function completeArgument(params: Params, caller: Caller, served: Served): Promise<Result> {
	const { name, value } = readArgument(params);
	const names = namesOf(params, served);
	if (!names.includes(name)) throw invalid(`there is no argument ${quote(served.toOutput(name), 64)}`);
	const complete = COMPLETIONS.get(name);
	const known = complete && value.length <= MAX_TYPED_CHARACTERS;
	const values = known ? await complete({ value, others: readOthers(params) }, await served.load(), caller) : [];
	return served.toOutput({
		completion: { values: values.slice(0, MAX_VALUES), total: values.length, hasMore: values.length > MAX_VALUES },
	});
}

/** The argument to be completed, and what the user has typed of it. */
function readArgument({ argument }: Params): { name: string; value: string } {
	const { name, value } = isObject(argument) ? argument : {};
	if (typeof name !== 'string' || typeof value !== 'string')
		throw invalid('argument must have a name and a value, both strings');
	return { name, value };
}

/** The arguments that the user has filled in already. */
function readOthers({ context }: Params): Typed['others'] {
	const given = isObject(context) && isObject(context.arguments) ? context.arguments : {};
	return new Map(
		Object.entries(given).flatMap(([name, value]): [string, string][] =>
			typeof value === 'string' && value.length <= MAX_TYPED_CHARACTERS ? [[name, value]] : [],
		),
	);
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
