/** Writes the files that are derived from the source: tables of the README, fields of package.json, server.json, snapshots of the tools. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { deriveFiles, SNAPSHOTS } from './derived.js';

// A snapshot of a tool that no longer exists must go.
rmSync(SNAPSHOTS, { recursive: true });
mkdirSync(SNAPSHOTS);
for (const [path, text] of Object.entries(deriveFiles((path) => readFileSync(path, 'utf8')))) writeFileSync(path, text);
