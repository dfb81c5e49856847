/** Serves the minimal tools over stdio. The bench compares with it. */
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { makeMinimalServer } from './minimal-tools.js';

await makeMinimalServer().connect(new StdioServerTransport());
