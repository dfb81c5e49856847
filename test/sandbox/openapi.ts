/** Reads the examples out of the API description. */
import type { Notice } from '../support/sandbox.js';

interface Example {
	$ref?: string;
	value?: unknown;
	'x-http-status'?: number;
	'x-error-code'?: number;
}

interface Content {
	content?: { 'application/json': { schema?: unknown; examples?: Record<string, Example> } };
	$ref?: string;
}

interface Description {
	paths: Record<
		string,
		Record<string, { operationId: string; requestBody?: Content; responses: Record<string, Content> }>
	>;
	components: Record<string, Record<string, unknown>> & { examples: Record<string, Example> };
}

/** One operation with its examples, by name. */
export interface Operation {
	id: string;
	method: string;
	path: string;
	requests: Record<string, unknown>;
	answers: Record<string, { result: unknown }>;
	/** Names of the errors documented for it. */
	errors: string[];
}

/** A documented error. */
export interface DocumentedError {
	status: number;
	code: number;
	errors: Notice[];
}

/** Reads the operations and the errors out of a description. */
export function readOperations(description: Description) {
	const operations: Operation[] = [];
	for (const [path, methods] of Object.entries(description.paths)) {
		for (const [method, { operationId, requestBody, responses }] of Object.entries(methods)) {
			const { 200: success, ...failures } = responses;
			operations.push({
				id: operationId,
				method: method.toUpperCase(),
				path,
				requests: readRequests(requestBody, description),
				answers: readValues(success) as Operation['answers'],
				errors: [...new Set(Object.values(failures).flatMap((failure) => nameErrors(failure, description)))],
			});
		}
	}
	const examples = Object.entries(description.components.examples);
	const errors = Object.fromEntries(examples.map(([name, example]) => [name, readError(example)]));
	return { operations, errors };
}

function follow(description: Description, reference: string): unknown {
	const [, , group = '', name = ''] = reference.split('/');
	return description.components[group]?.[name];
}

function readValues(content: Content | undefined): Record<string, unknown> {
	const examples = Object.entries(content?.content?.['application/json'].examples ?? {});
	return Object.fromEntries(examples.map(([name, { value }]) => [name, value]));
}

/** The examples of a request body; some bodies have only one on their schema. */
function readRequests(body: Content | undefined, description: Description): Record<string, unknown> {
	const schema = body?.content?.['application/json'].schema as { $ref?: string } | undefined;
	const named = readValues(body);
	if (Object.keys(named).length > 0 || !schema?.$ref) return named;
	const { example } = follow(description, schema.$ref) as { example?: unknown };
	return example === undefined ? {} : { 'the example of its schema': example };
}

function nameErrors(failure: Content, description: Description): string[] {
	const { content } = (failure.$ref ? follow(description, failure.$ref) : failure) as Content;
	const examples = Object.values(content?.['application/json'].examples ?? {});
	return examples.flatMap(({ $ref }) => ($ref ? [$ref.split('/').at(-1) ?? ''] : []));
}

function readError(example: Example): DocumentedError {
	const { errors } = example.value as { errors: Notice[] };
	return { status: example['x-http-status'] ?? 0, code: example['x-error-code'] ?? 0, errors };
}
