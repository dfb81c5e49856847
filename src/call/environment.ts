/** Finds the environment that a call names by its name or id. */
import { isEnvironmentId, isHexId } from '../base/identifiers.js';
import { quote } from '../base/sanitize.js';
import { ApiError, InputError } from '../errors.js';
import { type EnvironmentRef, needsConsent, type RoutedOperation } from '../operations/operation.js';
import { environmentsList } from '../operations/zone.js';
import type { ZoneCall } from './context.js';
import { readOnce } from './read.js';

/** An environment, as far as it is looked into here. */
interface Environment {
	readonly name: string;
	readonly ref: string;
	readonly expression?: string | undefined;
}

/** Environments that a refusal names. */
const MAX_NAMED = 10;
const ADVICE = 'environments_list shows all of them.';

/**
 * The call with the id of its environment among the arguments. A name is looked up, and so is an id where the user must
 * know its name. Throws an InputError when the zone has no such environment, or must not use the operation on Production.
 */
export async function withEnvironment(
	call: ZoneCall,
	operation: RoutedOperation,
	args: ZoneCall['args'] = call.args,
): Promise<ZoneCall> {
	const reference = call.args.environment_id;
	if (typeof reference !== 'string') return call;
	const found =
		isHexId(reference) && !needsConsent(operation, args) ? undefined : await findEnvironment(call, reference);
	if (found && operation.insteadOfProduction && isProduction(found)) throw everythingOf(found, call, operation);
	const environment: EnvironmentRef = { id: found?.ref ?? reference, name: found?.name };
	return { ...call, args: { ...call.args, environment_id: environment.id }, environment };
}

/** The environment; undefined for an id where the environments cannot be read, because a purge may do without its name. */
async function findEnvironment(call: ZoneCall, reference: string): Promise<Environment | undefined> {
	const environments = await listEnvironments(call).catch((error: unknown) => {
		if (error instanceof ApiError && isEnvironmentId(reference)) return undefined;
		throw error;
	});
	if (!environments) return undefined;
	const byId = environments.find(({ ref }) => ref === reference);
	if (byId) return byId;
	const [named, another] = environments.filter(({ name }) => isSameName(name, reference));
	if (!named) throw notFound(reference, call.zone.name, environments);
	if (another)
		throw new InputError(`${call.zone.name} has several environments that are named ${quote(reference, 100)}.`, {
			advice: 'Give the `ref` of the one you mean, as environments_list shows it.',
		});
	return named;
}

/** The environments whose id can be part of a path. */
async function listEnvironments(call: ZoneCall): Promise<Environment[]> {
	const { result } = await readOnce({ ...call, args: {} }, environmentsList as RoutedOperation);
	const { environments } = result as { environments: Environment[] };
	return environments.map((one) => ({ ...one, ref: one.ref.toLowerCase() })).filter(({ ref }) => isEnvironmentId(ref));
}

/** Whether two names are the same but for case: environments that differ by case alone would be a mistake. */
function isSameName(name: string, reference: string): boolean {
	return name.trim().toLowerCase() === reference.toLowerCase();
}

/** Production selects what no other environment does; it bears that name unless it was renamed. */
function isProduction({ name, expression }: Environment): boolean {
	return isSameName(name, 'production') || expression?.trim() === 'true';
}

function everythingOf({ name }: Environment, { zone }: ZoneCall, operation: RoutedOperation): InputError {
	return new InputError(
		`${quote(name, 100)} is the production environment of ${zone.name}: everything of it is everything of all environments.`,
		{ advice: `If that is wanted, call ${operation.insteadOfProduction}.` },
	);
}

function notFound(reference: string, zoneName: string, environments: readonly Environment[]): InputError {
	const names = environments.slice(0, MAX_NAMED).map(({ name }) => quote(name, 100));
	const known = names.length > 0 ? `It has ${names.join(', ')}. ` : '';
	return new InputError(`${zoneName} has no environment ${quote(reference, 100)}.`, { advice: `${known}${ADVICE}` });
}
