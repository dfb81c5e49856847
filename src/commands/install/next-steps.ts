/** Says what the user does after an installation. */
import type { Client } from './client.js';
import type { EntryCredential } from './entry.js';

/**
 * Returns the lines of the next steps.
 * @param had variables that gave the entry a credential before
 */
export function nextSteps(
	client: Client,
	credential: EntryCredential,
	isReadOnly: boolean,
	had: readonly string[],
): string[] {
	const steps = [
		tokenStep(client, credential, had),
		client.restart,
		isReadOnly ? undefined : 'To look around without changing anything, install with --read-only first.',
	];
	return ['', 'Next:', ...steps.filter((step) => step !== undefined).map((step) => `- ${step}`)];
}

function tokenStep(client: Client, { kind }: EntryCredential, had: readonly string[]): string | undefined {
	const [first] = had;
	switch (kind) {
		case 'none':
			return undefined;
		case 'written':
			return 'The file holds the token. Keep the file and its copies out of repositories.';
		case 'client':
			return first ? `The entry keeps its ${first}.` : client.token.advice;
		case 'file':
		case 'command':
			return first === 'CLOUDFLARE_API_TOKEN'
				? `The entry still has a ${first}, which wins. Remove it from the file.`
				: undefined;
	}
}
