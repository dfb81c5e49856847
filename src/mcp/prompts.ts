/** Lists the prompts that a user may start, and writes them. */
import { isObject } from '../base/json.js';
import { quote } from '../base/sanitize.js';
import type { Caller } from './caller.js';
import { invalidParams, type Params, type Served } from './methods.js';
import { MAX_ARGUMENT_CHARACTERS, PROMPTS, type Prompt } from './prompt-texts.js';
import type { Result } from './requests.js';
import type { Tool } from './tools.js';

/** The prompts that are offered beside these tools. */
function promptsWith(tools: readonly Tool[]): readonly Prompt[] {
	const names = namesOf(tools);
	return PROMPTS.filter((prompt) => prompt.needs.every((name) => names.has(name)));
}

/** The prompts as prompts/list shows them. */
export function listPrompts(tools: readonly Tool[]): readonly unknown[] {
	return promptsWith(tools).map(({ name, title, description, arguments: own }) => ({
		name,
		title,
		description,
		arguments: own,
	}));
}

/** The names of the arguments of a prompt; undefined where no such prompt is offered. */
export function argumentsOf(name: string, tools: readonly Tool[]): readonly string[] | undefined {
	const prompt = promptsWith(tools).find((one) => one.name === name);
	return prompt?.arguments.map((argument) => argument.name);
}

/** Answers prompts/get. */
export function getPrompt(params: Params, _: Caller, { tools, toOutput }: Served): Result {
	const { name, arguments: raw } = params;
	if (typeof name !== 'string') throw invalidParams('prompts/get', 'name must be a string');
	const given = raw ?? {};
	if (!isTexts(given))
		throw invalidParams('prompts/get', `arguments must be strings of at most ${MAX_ARGUMENT_CHARACTERS} characters`);
	const prompt = promptsWith(tools).find((one) => one.name === name);
	if (!prompt) throw invalidParams('prompts/get', `there is no prompt ${quote(toOutput(name), 64)}`);
	const missing = prompt.arguments.find((argument) => argument.required && !given[argument.name]);
	if (missing) throw invalidParams('prompts/get', `the argument ${missing.name} is required`);
	const text = toOutput(writePrompt(prompt, given, namesOf(tools)));
	return { description: prompt.description, messages: [{ role: 'user', content: { type: 'text', text } }] };
}

/** The steps of a prompt as a numbered list, without those whose tool is not listed. */
function writePrompt(prompt: Prompt, given: Readonly<Record<string, string>>, names: ReadonlySet<string>): string {
	// Null-prototype, because the caller chooses the names.
	const args: Record<string, string> = Object.assign(Object.create(null), given);
	const steps = prompt.steps(args).filter(({ tool }) => tool === undefined || names.has(tool));
	const lines = steps.map(({ text }, index) => `${index + 1}. ${text}`);
	return [prompt.opening(args), ...lines].join('\n');
}

const namesOf = (tools: readonly Tool[]) => new Set(tools.map(({ name }) => name));

function isTexts(value: unknown): value is Record<string, string> {
	return (
		isObject(value) &&
		Object.values(value).every((one) => typeof one === 'string' && one.length <= MAX_ARGUMENT_CHARACTERS)
	);
}
