/** Tests the permission to purge: it purges one URL that cannot exist, through the same steps and guards as any call. */
import { randomUUID } from 'node:crypto';
import type { Deps } from '../../call/context.js';
import { performCall } from '../../call/perform.js';
import type { Problem } from '../../call/problem.js';
import type { Zone } from '../../cloudflare/zones.js';
import { ApiError, type Failure } from '../../errors.js';
import type { Operation } from '../../operations/operation.js';
import { permissionOf } from '../../operations/permission.js';
import { NAME } from '../../version.js';
import { type Finding, fix, note, ok } from './finding.js';
import { type RemedyFacts, remedyFor } from './remedy.js';
import { describeFailure } from './wording.js';

const TOOL = 'purge_cache';

/** What a trial needs. */
interface TrialFacts extends RemedyFacts {
	/** Aborting ends the purge. */
	readonly signal: AbortSignal | undefined;
}

/** Says how the right to purge can be tested, where the flags allow purges. */
export function offerTrial(deps: Deps, zones: readonly Zone[]): Finding[] {
	const operation = deps.operations.get(TOOL);
	if (!operation || deps.blockOf(operation) !== undefined) return [];
	const zone = zones[0]?.name ?? 'ZONE';
	return [
		note(
			'purge',
			`${permissionOf(operation)} not tested: only a purge shows it`,
			`Purge one URL that does not exist: ${NAME} doctor --try --zone ${zone}`,
		),
	];
}

/** Purges one URL that does not exist on each zone. Sends nothing where the flags forbid it. */
export async function tryPurges(deps: Deps, zones: readonly Zone[], facts: TrialFacts): Promise<Finding[]> {
	const operation = deps.operations.get(TOOL);
	const block = operation && deps.blockOf(operation);
	if (!operation || block !== undefined) {
		const flag = block?.by === 'flag' ? block.flag : undefined;
		return [note('purge', `not tried: ${flag} does not allow ${TOOL}`)];
	}
	const findings: Finding[] = [];
	for (const zone of zones) findings.push(await tryPurge(deps, operation, zone, facts));
	return findings;
}

async function tryPurge(deps: Deps, operation: Operation, zone: Zone, facts: TrialFacts): Promise<Finding> {
	const troubles: { problem: Problem; failure: Failure | undefined }[] = [];
	const url = `https://${zone.name}/${NAME}-doctor/${randomUUID()}`;
	// With one zone for all calls, tools do not take one.
	const named = deps.settings.zoneArgument === 'fixed' ? {} : { zone: zone.id };
	await performCall(
		deps,
		TOOL,
		{ ...named, urls: [url] },
		{
			signal: facts.signal,
			reader: { audience: 'shell', flags: '' },
			onProblem: (problem, failure) => troubles.push({ problem, failure }),
		},
	);
	const [trouble] = troubles;
	if (!trouble) return ok('purge', `a purge of one URL that does not exist was accepted on ${zone.name}`);
	const { problem, failure } = trouble;
	if (!failure) return fix('purge', `${zone.name}: ${problem.error}`, [`Run it alone: ${commandFor(zone, url)}`]);
	const lacks = failure instanceof ApiError && failure.reason === 'permission';
	const needed = lacks ? `The token needs ${permissionOf(operation)} there. ` : '';
	const what = `the purge on ${zone.name} was not accepted. ${needed}${describeFailure(failure)}`;
	return fix('purge', what, remedyFor(failure, facts));
}

function commandFor({ name }: Zone, url: string): string {
	return `${NAME} call ${TOOL} --zone ${name} --urls ${url}`;
}
