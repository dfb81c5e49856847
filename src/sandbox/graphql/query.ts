/** Reads a query of the GraphQL API, as far as the analytics of zones need it. */
import { type FieldNode, Kind, parse, type SelectionSetNode, type ValueNode } from 'graphql/language/index.js';
import { isRecord } from '../body.js';

/** A field of a query, with its arguments as values. */
export interface QueryField {
	/** Name in the answer. */
	alias: string;
	name: string;
	args: Record<string, unknown>;
	fields: QueryField[];
}

/** A query that cannot be answered; the message is that of the answer. */
export class QueryError extends Error {}

/** Parses a query and puts its variables in. Throws a QueryError when it is malformed, or a variable is missing or not used. */
export function readQuery(text: unknown, variables: unknown): QueryField[] {
	if (typeof text !== 'string') throw new QueryError('query is missing');
	const [operation, ...others] = parseText(text).definitions;
	if (operation?.kind !== Kind.OPERATION_DEFINITION || others.length > 0) throw new QueryError('one query is expected');
	const declared = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
	const used = new Set<string>();
	const evaluate = (node: ValueNode): unknown => {
		switch (node.kind) {
			case Kind.VARIABLE: {
				const name = node.name.value;
				used.add(name);
				if (!declared.includes(name) || !isRecord(variables) || variables[name] === undefined)
					throw new QueryError(`variable ${name} is not defined`);
				return variables[name];
			}
			case Kind.INT:
			case Kind.FLOAT:
				return Number(node.value);
			case Kind.LIST:
				return node.values.map(evaluate);
			case Kind.OBJECT:
				return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, evaluate(value)]));
			case Kind.NULL:
				return null;
			default:
				return node.value;
		}
	};
	const fields = toFields(operation.selectionSet, evaluate);
	const unused = declared.find((name) => !used.has(name));
	if (unused !== undefined) throw new QueryError(`variable ${unused} is never used`);
	return fields;
}

function parseText(text: string): ReturnType<typeof parse> {
	try {
		return parse(text);
	} catch (error) {
		throw new QueryError(error instanceof Error ? error.message : 'malformed query');
	}
}

function toFields(set: SelectionSetNode | undefined, evaluate: (node: ValueNode) => unknown): QueryField[] {
	return (set?.selections ?? []).map((node) => {
		if (node.kind !== Kind.FIELD) throw new QueryError('fragments are not supported here');
		return toField(node, evaluate);
	});
}

function toField(node: FieldNode, evaluate: (node: ValueNode) => unknown): QueryField {
	const args = (node.arguments ?? []).map(({ name, value }) => [name.value, evaluate(value)]);
	return {
		alias: node.alias?.value ?? node.name.value,
		name: node.name.value,
		args: Object.fromEntries(args),
		fields: toFields(node.selectionSet, evaluate),
	};
}
