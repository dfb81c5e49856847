/** Runs the upstream as its own process: prints its URL, and exits when its stdin ends. */
import { startUpstream } from './upstream.js';

const { url } = await startUpstream();
process.stdout.write(`${url}\n`);
process.stdin.resume().once('end', () => process.exit());
