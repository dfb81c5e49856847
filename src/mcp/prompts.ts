/** Lists the prompts that a user may start, and writes them. */
import { isObject } from '../base/json.js';
import { quote } from '../base/sanitize.js';
import type { Caller } from './caller.js';
import { invalidParams, type Params, type Served } from './methods.js';
import type { Result } from './requests.js';
import type { Tool } from './tools.js';

/** An argument of a prompt, as prompts/list shows it. */
interface PromptArgument {
	readonly name: string;
	readonly description: string;
	readonly required: boolean;
}

/** A prompt, with the function that writes it. */
interface Prompt {
	readonly name: string;
	readonly title: string;
	readonly description: string;
	readonly arguments: readonly PromptArgument[];
	/** The tools that the text names. The prompt is listed where all of them are. */
	readonly tools: readonly string[];
	/** Writes what the user asks of the model. */
	write(args: Readonly<Record<string, string>>): string;
}

/** All prompts in listing order. */
const PROMPTS: readonly Prompt[] = [];

/** The prompts that are offered beside these tools. */
function promptsWith(tools: readonly Tool[]): readonly Prompt[] {
	const names = new Set(tools.map(({ name }) => name));
	return PROMPTS.filter((prompt) => prompt.tools.every((name) => names.has(name)));
}

/** The prompts as prompts/list shows them. */
export function listPrompts(tools: readonly Tool[]): readonly unknown[] {
	return promptsWith(tools).map(({ tools: _, write: __, ...shown }) => shown);
}

/** The names of the arguments of a prompt; undefined where no such prompt is offered. */
export function argumentsOf(name: string, tools: readonly Tool[]): readonly string[] | undefined {
	const prompt = promptsWith(tools).find((one) => one.name === name);
	return prompt?.arguments.map((argument) => argument.name);
}

/** Answers prompts/get. */
export function getPrompt(params: Params, _: Caller, { tools, toOutput }: Served): Result {
	const { name, arguments: given = {} } = params;
	if (typeof name !== 'string') throw invalidParams('prompts/get', 'name must be a string');
	if (!isTexts(given)) throw invalidParams('prompts/get', 'arguments must be an object of strings');
	const prompt = promptsWith(tools).find((one) => one.name === name);
	if (!prompt) throw invalidParams('prompts/get', `there is no prompt ${quote(toOutput(name), 64)}`);
	const missing = prompt.arguments.find((argument) => argument.required && !given[argument.name]);
	if (missing) throw invalidParams('prompts/get', `the argument ${missing.name} is required`);
	return {
		description: prompt.description,
		messages: [{ role: 'user', content: { type: 'text', text: prompt.write(given) } }],
	};
}

function isTexts(value: unknown): value is Record<string, string> {
	return isObject(value) && Object.values(value).every((one) => typeof one === 'string');
}
