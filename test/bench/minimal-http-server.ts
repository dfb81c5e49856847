/** Serves the minimal tools over the SDK's own HTTP transport, a session for each client. The bench compares with it. */
import { makeMinimalServer } from './minimal-tools.js';
import { serveSessions } from './sessions.js';

await serveSessions((transport) => makeMinimalServer().connect(transport));
