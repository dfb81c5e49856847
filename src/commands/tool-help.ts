/** Explains a tool to a person at a shell, from its record. */
import { suggest } from '../base/did-you-mean.js';
import { ITEMS_PER_CALL } from '../cloudflare/limits.js';
import { OPERATIONS } from '../operations/index.js';
import { inputOf, unwrapField } from '../operations/input.js';
import { needsZone, type Operation, takesConfirm } from '../operations/operation.js';
import { permissionOf } from '../operations/permission.js';
import { formatNumber } from '../operations/wording.js';
import { NAME } from '../version.js';
import { z } from '../zod.js';
import { wrap, wrapCommand } from './columns.js';
import { quoteForShell } from './shell-words.js';

/** Names of all tools. */
export const TOOL_NAMES: readonly string[] = OPERATIONS.map(({ name }) => name);

/** Returns the help on a tool in lines; undefined where there is none of this name. */
export function describeTool(name: string): string[] | undefined {
	const operation = OPERATIONS.find((one) => one.name === name);
	if (!operation) return undefined;
	const fields = fieldsOf(operation);
	const hasList = fields.some(([, field]) => unwrapField(field) instanceof z.ZodArray);
	return [
		...wrap(`Usage: ${NAME} call ${name}${needsZone(operation) ? ' --zone ZONE' : ''} [ARGUMENTS] [OPTIONS]`),
		'',
		`${operation.title}.`,
		'',
		...wrap(operation.description),
		'',
		...describeEffect(operation),
		...(fields.length > 0 ? ['', 'Arguments'] : []),
		...fields.flatMap(([key, field]) => describeArgument(key, field)),
		...(hasList ? ['', ...wrap(LISTS)] : []),
		'',
		'Example',
		...wrapCommand(exampleOf(operation)),
	];
}

const LISTS =
	'A LIST is a key that is given several times, a JSON list, @FILE, or - for standard input: one item per line, where blank lines and comments (# …) are skipped.';

/** The arguments as a shell takes them: consent is given otherwise there. */
export function fieldsOf(operation: Operation): (readonly [name: string, field: z.ZodTypeAny])[] {
	const shape: Record<string, z.ZodTypeAny> = inputOf(operation, 'required').shape;
	return Object.entries(shape).filter(([name]) => name !== 'confirm');
}

/** A key as it is typed. */
export function keyOf(name: string): string {
	return `--${name.replaceAll('_', '-')}`;
}

const EFFECTS = {
	read: 'Reads only.',
	change: 'Changes something. Try it with --dry-run.',
	destroy: 'Destroys something, and needs consent. Try it with --dry-run.',
} as const satisfies Record<Operation['danger'], string>;

function describeEffect(operation: Operation): string[] {
	const { danger, route, split } = operation;
	return [
		EFFECTS[danger],
		...(takesConfirm(operation)
			? wrap(
					`${danger === 'destroy' ? 'Consent' : 'Where consent is needed, as for whole hosts'}: type the zone's name when you are asked, or add --confirm-zone ZONE.`,
				)
			: []),
		...wrap(`Permission of the token: ${permissionOf(operation)}`),
		...(route ? wrap(`Request: ${route}`) : []),
		...(split ? [`At most ${formatNumber(ITEMS_PER_CALL)} items per call.`] : []),
	];
}

function describeArgument(name: string, field: z.ZodTypeAny): string[] {
	const inner = unwrapField(field);
	const placeholder = name === 'zone' ? 'ZONE' : placeholderOf(inner);
	const head = `  ${keyOf(name)}${placeholder && ` ${placeholder}`}`;
	const need = field.isOptional() ? '' : name === 'zone' ? '  (required without CLOUDFLARE_ZONE)' : '  (required)';
	const form = name === 'zone' ? '' : describeForm(inner);
	return [head + need, ...wrap(field.description ?? '', 6), ...wrap(form, 6)];
}

/** What stands for the value of an argument; empty for a switch. */
function placeholderOf(field: z.ZodTypeAny): string {
	if (field instanceof z.ZodBoolean) return '';
	if (field instanceof z.ZodArray) return 'LIST';
	if (field instanceof z.ZodNumber) return 'NUMBER';
	if (field instanceof z.ZodEnum) return field.options.join('|');
	return field instanceof z.ZodString ? 'TEXT' : 'JSON';
}

/** The type of a value and its limits; empty where the placeholder says it all. */
function describeForm(field: z.ZodTypeAny): string {
	if (field instanceof z.ZodArray) {
		const most = field._def.maxLength?.value;
		const limit = most === undefined ? '' : `at most ${formatNumber(most)} items; `;
		return `${limit}each item: ${describeItem(unwrapField(field.element))}`;
	}
	if (field instanceof z.ZodNumber) return `${field.isInt ? 'whole number' : 'number'}${describeRange(field)}`;
	if (field instanceof z.ZodObject || field instanceof z.ZodRecord) return describeItem(field);
	return field instanceof z.ZodString ? describeLength(field) : '';
}

function describeItem(field: z.ZodTypeAny): string {
	if (field instanceof z.ZodString) return ['text', describeLength(field)].filter(Boolean).join(', ');
	if (field instanceof z.ZodObject) {
		const members = Object.entries<z.ZodTypeAny>(field.shape).map(([name, member]) => {
			const inner = unwrapField(member);
			const form = inner instanceof z.ZodEnum ? inner.options.join('|') : (member.description ?? '');
			return `${name}${member.isOptional() ? ' (optional)' : ''}${form && `: ${form}`}`;
		});
		return `JSON object with ${members.join('; ')}`;
	}
	return 'JSON object';
}

function describeRange({ minValue, maxValue }: z.ZodNumber): string {
	if (minValue !== null && maxValue !== null) return ` from ${minValue} to ${maxValue}`;
	if (minValue !== null) return ` from ${minValue}`;
	return maxValue === null ? '' : ` up to ${maxValue}`;
}

function describeLength({ maxLength }: z.ZodString): string {
	return maxLength === null ? '' : `at most ${formatNumber(maxLength)} characters`;
}

/** Longest value that fits on a line beside its key, and on a line of its own. */
const [MAX_VALUE_CHARACTERS, MAX_LINE_CHARACTERS] = [60, 70];

/** The record's example as words of a shell. */
export function exampleOf(operation: Operation): string[] {
	const { name, example } = operation;
	const args = { ...(needsZone(operation) && { zone: 'example.com' }), ...example };
	return [NAME, 'call', name, ...Object.entries(args).flatMap(([key, value]) => toWords(key, value))];
}

function toWords(name: string, value: unknown): string[] {
	if (value === true) return [keyOf(name)];
	return (Array.isArray(value) ? value : [value]).flatMap((item) => {
		const text = quoteForShell(typeof item === 'object' ? formatJson(item) : String(item));
		const words = [keyOf(name), text];
		// A key and its value stay on one line where they fit on it.
		return text.length > MAX_VALUE_CHARACTERS ? words : words.join(' ');
	});
}

/** A value on one line, or on several where it does not fit: a quoted word may have several. */
function formatJson(value: unknown): string {
	const json = JSON.stringify(value);
	return json.length > MAX_LINE_CHARACTERS ? JSON.stringify(value, undefined, 2) : json;
}

/** ` It is a tool: …` for a word that is a tool or nearly one; an empty text for any other. */
export function adviseCall(word: string): string {
	const name = word.replaceAll('-', '_');
	if (TOOL_NAMES.includes(name)) return ` ${name} is a tool: ${NAME} call ${name}`;
	// Short words are near to everything.
	const near = name.includes('_') ? suggest(name, TOOL_NAMES) : '';
	return near && ` Tools are run by ${NAME} call TOOL.${near}`;
}
