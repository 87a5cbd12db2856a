import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of this package's package.json, whether the source tree or the compiled one in `lib/` runs. */
export function packageRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && /"name":\s*"perennial"/.test(readFileSync(manifest, 'utf8'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json named perennial above ${from}`);
  }
}

/** A compiled file of ours, to be run by path: `compiled('workers/generator.js')`. */
export function compiled(file: string): string {
  return join(packageRoot(), 'lib', file);
}
