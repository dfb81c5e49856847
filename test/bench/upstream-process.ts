/** The upstream as a process of its own: prints its URL, and ends with its input. */
import { startUpstream } from './upstream.js';

const { url } = await startUpstream();
process.stdout.write(`${url}\n`);
process.stdin.resume().once('end', () => process.exit());
