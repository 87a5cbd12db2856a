import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';

/** The style, executed: sizes, names and leftovers of every file in the tree. */

const ROOT = resolve(__dirname, '../..');
const IGNORED = new Set(['.git', 'node_modules', 'lib', '.perennial']);
const SOURCE_FOLDERS = ['core', 'workflows', 'activities', 'infra', 'workers', 'api'];
const SOURCE = /\.(ts|mts|mjs|cjs|py)$/;

const FILE_LINES_MAX = 400;
const FILE_LINES_NINE_IN_TEN = 300;
const FILE_LINES_MEDIAN = 90;
const STORY_LINES_MAX = 120;
const README_LINES_MAX = 150;

/** Names that say nothing about what is inside. */
const EMPTY_NAMES = /^(utils?|helpers?|types|misc|common|shared|constants|lib)\.(m?ts|mjs)$/;
/** kebab-case, with further words for tests: `limiter.test.ts`, `crash.long.test.ts`. */
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;

interface TreeFile {
  readonly path: string;
  readonly lines: readonly string[];
}

const files: readonly TreeFile[] = walk(ROOT).map((file) => ({
  path: relative(ROOT, file),
  lines: readFileSync(file, 'utf8').trimEnd().split('\n'),
}));
const sources = files.filter(({ path }) => SOURCE.test(path));
const product = sources.filter(({ path }) => SOURCE_FOLDERS.includes(path.split('/')[0] ?? ''));

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (IGNORED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [path] : [];
  });
}

/** `path:line` of every line that matches; a file that must name the pattern is left out. */
function linesWith(pattern: RegExp, among: readonly TreeFile[]): string[] {
  return among.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  );
}

const others = files.filter(({ path }) => path !== relative(ROOT, __filename));
const text = others.filter(({ path }) => !/\.(png|jpe?g|gz|zip|onnx|parquet|db|woff2?)$/.test(path));
const written = text.filter(({ path }) => !/(^|\/)package-lock\.json$|\.jsonl?$|go\.sum$/.test(path));

describe('sizes', () => {
  test('no source is so long that nobody reads it to its end', () => {
    const long = sources.filter(({ lines }) => lines.length > FILE_LINES_MAX);
    expect(long.map(({ path, lines }) => `${path}: ${lines.length}`)).toEqual([]);
  });

  test('most files fit on a screen or two', () => {
    const lengths = product.map(({ lines }) => lines.length).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(FILE_LINES_MEDIAN);
    expect(lengths[Math.floor(lengths.length * 0.9)]).toBeLessThanOrEqual(FILE_LINES_NINE_IN_TEN);
  });

  test('a workflow reads like a story', () => {
    const long = product.filter(
      ({ path, lines }) => /^workflows\/[^/]+\.ts$/.test(path) && lines.length > STORY_LINES_MAX,
    );
    const strategies = new Set(readdirSync(join(ROOT, 'core/strategies')));
    expect(long.map(({ path }) => path).filter((path) => strategies.has(basename(path, '.ts')))).toEqual([]);
  });

  test('the README is read before anything else, so it is short', () => {
    const readme = files.find(({ path }) => path === 'README.md');
    expect(readme?.lines.length).toBeLessThanOrEqual(README_LINES_MAX);
  });
});

describe('names', () => {
  test('every source is kebab-case and named after what it holds', () => {
    const names = sources.filter(({ path }) => !path.endsWith('.py')).map(({ path }) => path);
    expect(names.filter((path) => EMPTY_NAMES.test(basename(path)))).toEqual([]);
    expect(names.filter((path) => !KEBAB_CASE.test(basename(path).replace(/^\./, '')))).toEqual([]);
  });

  test('every test stands where its subject stands, or in a folder of its kind', () => {
    const kinds = ['laws', 'replay', 'e2e', 'chaos', 'browser', 'bench', 'support', ...SOURCE_FOLDERS];
    const tests = sources.filter(({ path }) => path.endsWith('.test.ts')).map(({ path }) => path);
    expect(tests.filter((path) => !kinds.some((kind) => path.startsWith(`test/${kind}/`)))).toEqual([]);
  });
});

describe('leftovers', () => {
  test('no test is skipped, alone or still to be written', () => {
    expect(linesWith(/\b(it|test|describe)\.(skip|only|todo)\b|\bx(it|describe)\(/, others)).toEqual([]);
  });

  test('nothing is left to do in the code, and no type is waved through', () => {
    expect(
      linesWith(
        /\b(TODO|FIXME|HACK|XXX)\b|@ts-(ignore|nocheck)|\bas any\b/,
        sources.filter((file) => others.includes(file)),
      ),
    ).toEqual([]);
  });

  test('no file names a path of the machine it was written on', () => {
    expect(linesWith(/(^|[^A-Za-z0-9._-])\/(work|root|home|Users)\/[a-z]/, written)).toEqual([]);
  });

  test('no file sends the reader or a tool to a package registry by address', () => {
    const hosts = /https?:\/\/[^ /"']*(npmjs|pypi|pythonhosted|golang|maven|crates|debian)[^ "']*/;
    expect(linesWith(hosts, written)).toEqual([]);
  });

  test('every relative link of the documentation leads somewhere', () => {
    const known = new Set(files.map(({ path }) => path));
    const folders = new Set(
      [...known].flatMap((path) => path.split('/').map((_, index, parts) => parts.slice(0, index).join('/'))),
    );
    const dead = files
      .filter(({ path }) => path.endsWith('.md'))
      .flatMap(({ path, lines }) =>
        [...lines.join('\n').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
          .map((match) => match[1] ?? '')
          .filter((link) => !/^[a-z]+:/.test(link))
          .filter((link) => {
            const target = relative(ROOT, resolve(ROOT, path, '..', link));
            return !known.has(target) && !folders.has(target);
          })
          .map((link) => `${path}: ${link}`),
      );
    expect(dead).toEqual([]);
  });
});
