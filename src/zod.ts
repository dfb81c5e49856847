/**
 * The one door to zod. `zod-to-json-schema` reads zod 3 schemas only and turns a zod 4 schema into an empty one without
 * a word, so nothing else in the tree imports zod.
 */
export { z } from 'zod/v3';
