/** Writes the bundle for Claude Desktop beside package.json. */
import { NAME } from '../version.js';
import { packBundle } from './bundle.js';

await packBundle('.', `${NAME}.mcpb`);
