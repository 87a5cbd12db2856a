import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

export const MANIFEST_FILE = 'manifest.json';
/** Looked at, newest first; a trainer keeps a few at most. */
const CHECKPOINTS_READ_MAX = 20;

/** Written last, inside the folder that is then renamed: a folder without it is no checkpoint. */
const manifestSchema = z.object({
  runId: z.string(),
  step: z.int().min(0),
  files: z.record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'the name of a file in the same folder'),
    z.object({ sha256: z.string(), bytes: z.int().min(0) }),
  ),
});
type Manifest = z.infer<typeof manifestSchema>;

export interface Checkpoint {
  readonly folder: string;
  readonly step: number;
}

/** The furthest checkpoint of this run whose files are what its manifest says; broken ones and strangers are passed over. */
export async function newestCheckpoint(folder: string, runId: string): Promise<Checkpoint | undefined> {
  const found: { folder: string; manifest: Manifest }[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory()) continue;
    const manifest = await readManifest(join(folder, entry.name));
    if (manifest?.runId === runId) found.push({ folder: join(folder, entry.name), manifest });
  }
  found.sort((a, b) => b.manifest.step - a.manifest.step);
  for (const { folder: place, manifest } of found.slice(0, CHECKPOINTS_READ_MAX))
    if (await isWhole(place, manifest)) return { folder: place, step: manifest.step };
  return undefined;
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(folder, MANIFEST_FILE), 'utf8')));
  } catch {
    return undefined;
  }
}

async function isWhole(folder: string, { files }: Manifest): Promise<boolean> {
  for (const [name, { sha256, bytes }] of Object.entries(files)) {
    const file = join(folder, name);
    const size = await stat(file).then(
      (found) => found.size,
      () => -1,
    );
    if (size !== bytes) return false;
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash);
    if (hash.digest('hex') !== sha256) return false;
  }
  return true;
}
