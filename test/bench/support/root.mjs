import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
/** A file of the compiled program. */
export const compiled = (file) => join(ROOT, 'lib', file);
