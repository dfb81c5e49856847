/** Connects to the edge of a sandbox in this process, whatever host is asked for. Only a server with --sandbox loads it. */
import { buildConnector } from 'undici';
import { CONNECTOR_OPTIONS } from '../http/connections.js';

/** A connector to these ports of 127.0.0.1, by the scheme of the URL. Both speak plain HTTP. */
export function createSandboxConnector(ports: {
	readonly http: number;
	readonly https: number;
}): buildConnector.connector {
	const connect = buildConnector(CONNECTOR_OPTIONS);
	return ({ protocol }, callback) => {
		const port = String(protocol === 'https:' ? ports.https : ports.http);
		connect({ hostname: '127.0.0.1', host: `127.0.0.1:${port}`, protocol: 'http:', port }, callback);
	};
}
