/**
 * Exports the zod that all schemas use; no other file imports zod. It is version 3, because `zod-to-json-schema` turns a
 * schema of version 4 into an empty one without an error.
 */
export { z } from 'zod/v3';
