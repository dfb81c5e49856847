/** What the conformance suite is run against: the suite's own fixture, and the built command. Both on the product's transport. */
import { systemClock } from '../../src/base/clock.js';
import { compose } from '../../src/compose/product.js';
import type { Config } from '../../src/config/config.js';
import { readConfig } from '../../src/config/config.js';
import { createOpenDoor } from '../../src/mcp/http/auth/none.js';
import { ENDPOINT } from '../../src/mcp/http/door.js';
import { Endpoint } from '../../src/mcp/http/endpoint.js';
import { listen } from '../../src/mcp/http/listener.js';
import { describeServer } from '../../src/mcp/server-info.js';
import { startHttpProcess } from '../support/http-process.js';
import { CAPABILITIES, fixtureMethods } from './fixture.js';
import { FixtureQuestions } from './peer.js';

/** Something that the suite is run against. */
export interface Target {
	readonly url: string;
	close(): Promise<void>;
}

const HOST = '127.0.0.1';
const ignore = () => undefined;

/** Starts the built command on a simulated API. `stateFolder` is the folder for unfinished work. Nobody signs in by default. */
export async function startProduct(stateFolder: string, flags = ['--auth', 'none']): Promise<Target> {
	const args = ['dist/cli.js', '--http', '0', '--sandbox', '--state-dir', stateFolder, ...flags];
	const { url, kill } = await startHttpProcess(args, {});
	return { url, close: kill };
}

/** Starts the fixture: door, sessions and streams of the product, with the suite's methods in place of the product's. */
export async function startFixture(stateFolder: string): Promise<Target> {
	const config = readConfig(['--sandbox'], { CF_CACHE_STATE_DIR: stateFolder }) as Config;
	const { deps, close } = compose(config, { log: ignore });
	const questions = new FixtureQuestions();
	const endpoint = new Endpoint({
		door: { host: HOST },
		authenticator: createOpenDoor(),
		perMinute: undefined,
		tenantOf: () => ({ deps, tools: [], info: { ...describeServer(deps.settings, []), capabilities: CAPABILITIES } }),
		methodsOf: (channel, first) => fixtureMethods(questions.peerOf(channel), first),
		wire: questions,
		clock: systemClock,
		log: ignore,
	});
	const listener = await listen({ host: HOST, port: 0 }, (request, response) => endpoint.answer(request, response));
	return {
		url: `http://${listener.address}${ENDPOINT}`,
		close: async () => {
			await endpoint.messages.interrupt();
			await listener.close();
			await close();
		},
	};
}
