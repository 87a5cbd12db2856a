import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiKey, describeConfig, EMBEDDED_WEIGHTS_SHA256, loadConfig } from '../../infra/config';
import { findModel } from '../../infra/config-file';
import { Problem } from '../../core/problem';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function problemOf(act: () => unknown): Problem {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('expected a Problem');
}

describe('without any setting', () => {
  it('works in the current folder, on loopback, without keys', () => {
    const config = loadConfig({}, folder);
    expect(config).toMatchObject({
      home: join(folder, '.perennial'),
      api: { host: '127.0.0.1', port: 8080 },
      databaseUrl: `sqlite:${join(folder, '.perennial/perennial.db')}`,
      artifactsUrl: `file:${join(folder, '.perennial/artifacts')}`,
      temporal: { namespace: 'default' },
      auth: 'off',
      ci: false,
    });
    expect(Object.keys(config.providers)).toEqual(['embedded', 'scripted']);
  });

  it('knows the two built-in models', () => {
    const { providers } = loadConfig({}, folder);
    const embedded = findModel(providers, 'embedded/smollm2-135m-instruct').model;
    expect(embedded).toMatchObject({ identity: EMBEDDED_WEIGHTS_SHA256, contextTokens: 2048 });
    expect(findModel(providers, 'scripted/scripted-1').model.capabilities).not.toContain('batch');
  });
});

describe('the environment', () => {
  it.each([
    ['PERENNIAL_API_PORT', '80800', 'a port number'],
    ['PERENNIAL_TEMPORAL_PORT', 'http', 'a port number'],
    ['PERENNIAL_DATABASE_URL', 'mysql://x', 'sqlite:<file> or postgres'],
    ['PERENNIAL_ARTIFACTS_URL', 's3://bucket', 'file:<folder>'],
    ['PERENNIAL_AUTH', 'maybe', 'on or off'],
    ['PERENNIAL_MODEL_PATH', 'nowhere.gguf', 'a file'],
    ['PERENNIAL_CONFIG', 'nowhere.yaml', 'a file'],
    ['TEMPORAL_ADDRESS', 'http://localhost:7233', '<host>:<port>'],
    ['OPENAI_BASE_URL', 'localhost', 'a URL'],
    ['PERENNIAL_EMBEDDED_URL', 'nonsense', 'a URL'],
  ])('refuses %s=%s and says what it expects', (name, value, expected) => {
    const problem = problemOf(() => loadConfig({ [name]: value }, folder));
    expect(problem.code).toBe('config-invalid');
    expect(problem.at).toBe(name);
    expect(problem.message).toContain(`${name}: expected ${expected}`);
  });

  it('never repeats a password that came in a wrong database URL', () => {
    const problem = problemOf(() => loadConfig({ PERENNIAL_DATABASE_URL: 'pg://me:hunter2@db/x' }, folder));
    expect(problem.message).not.toContain('hunter2');
  });

  it('takes an empty variable as unset', () => {
    expect(loadConfig({ PERENNIAL_API_PORT: '', PERENNIAL_AUTH: '' }, folder).api.port).toBe(8080);
  });

  it('makes relative places absolute', () => {
    const config = loadConfig({ PERENNIAL_HOME: 'data', PERENNIAL_DATABASE_URL: 'sqlite:x.db' }, folder);
    expect(config.databaseUrl).toBe(`sqlite:${join(folder, 'x.db')}`);
    expect(config.artifactsUrl).toBe(`file:${join(folder, 'data/artifacts')}`);
  });

  it('serves other addresses only with keys', () => {
    expect(loadConfig({ PERENNIAL_API_HOST: '0.0.0.0' }, folder).auth).toBe('on');
    const problem = problemOf(() =>
      loadConfig({ PERENNIAL_API_HOST: '0.0.0.0', PERENNIAL_AUTH: 'off' }, folder),
    );
    expect(problem.message).toContain('PERENNIAL_API_HOST is 0.0.0.0');
  });

  it('offers any model of an endpoint named by OPENAI_BASE_URL, and keeps no key', () => {
    const env = { OPENAI_BASE_URL: 'http://localhost:1/v1', OPENAI_API_KEY: 'sk-secret' };
    const config = loadConfig(env, folder);
    const found = findModel(config.providers, 'openai/org/model-1');
    expect(found.model).toMatchObject({ name: 'org/model-1', identity: 'openai/org/model-1' });
    expect(apiKey(found.provider, env)).toBe('sk-secret');
    expect(JSON.stringify(config)).not.toContain('sk-secret');
    expect(describeConfig(config, env)).toContain('OPENAI_API_KEY set');
  });

  it('describes a database without its password', () => {
    const config = loadConfig(
      { PERENNIAL_DATABASE_URL: 'postgres://me:hunter2@db/x?password=hunter2' },
      folder,
    );
    expect(describeConfig(config, {})).not.toContain('hunter2');
    expect(describeConfig(config, {})).toContain('@db/x');
  });

  it('names own weights after their file', () => {
    writeFileSync(join(folder, 'Big-1B.gguf'), 'x');
    const config = loadConfig({ PERENNIAL_MODEL_PATH: 'Big-1B.gguf' }, folder);
    expect(findModel(config.providers, 'embedded/big-1b').model.identity).toContain('Big-1B.gguf@1-');
  });
});

describe('perennial.config.yaml', () => {
  const load = (yaml: string) => {
    writeFileSync(join(folder, 'perennial.config.yaml'), yaml);
    return loadConfig({}, folder);
  };

  it('adds providers; a model without settings gets those of its flavour', () => {
    writeFileSync(join(folder, 'tokenizer.json'), '{}');
    const config = load(`
providers:
  mine:
    flavour: vllm
    baseUrl: https://llm.example.com/v1
    apiKeyEnv: MINE_API_KEY
    limits: { requestsPerMinute: 5000, concurrencyMax: 256 }
    models:
      big-1: { identity: big-1@2025-06, contextTokens: 8000, tokenizer: ./tokenizer.json, prices: { inputUsdPerMillion: 0.25, outputUsdPerMillion: 2.0 } }
      small:
students:
  bert: { kind: process, command: [python3, train.py], bases: [distilbert-base-uncased] }
`);
    expect(findModel(config.providers, 'mine/big-1').model).toMatchObject({
      identity: 'big-1@2025-06',
      tokenizer: join(folder, 'tokenizer.json'),
    });
    const small = findModel(config.providers, 'mine/small').model;
    expect(small.identity).toBe('mine/small');
    expect(small.capabilities).toContain('promptLogprobs');
    expect(config.students.bert).toMatchObject({ tasks: ['train', 'predict'], folder });
  });

  it.each([
    ['providers: {a: {flavour: gpt, baseUrl: "http://x/v1"}}', 'providers.a.flavour'],
    ['providers: {a: {flavour: openai}}', 'providers.a.baseUrl'],
    ['providers: {a: {baseUrl: "http://x/v1", limits: {rpm: 3}}}', 'providers.a.limits'],
    ['providers: [', 'the file'],
    ['provider: {}', 'provider'],
    ['limits: {mine: {requestsPerMinute: 5}}', 'limits'],
    ['students: {linear: {kind: process, command: [x]}}', 'students.linear'],
    ['students: {bert: {kind: process}}', 'students.bert.command'],
    ['students: {tuned: {kind: openai-finetune, bases: [a]}}', 'students.tuned.provider'],
    ['students: {tuned: {kind: openai-finetune, provider: scripted}}', 'students.tuned.bases'],
  ])('refuses %s and names the entry', (yaml, place) => {
    const problem = problemOf(() => load(yaml));
    expect(problem.code).toBe('config-invalid');
    expect(problem.message).toContain(place);
  });

  const model = (entry: string) => `providers: {a: {baseUrl: "http://x/v1", models: {m: ${entry}}}}`;
  const limits = (entry: string) => `providers: {a: {baseUrl: "http://x/v1", limits: ${entry}}}`;
  const prices = (entry: string) => model(`{prices: ${entry}}`);
  it.each([
    [limits('{requestsPerMinute: 0}'), 'a.limits.requestsPerMinute'],
    [limits('{requestsPerMinute: -5}'), 'a.limits.requestsPerMinute'],
    [limits('{requestsPerMinute: 1e18}'), 'a.limits.requestsPerMinute'],
    [limits('{requestsPerMinute: .nan}'), 'a.limits.requestsPerMinute'],
    [limits('{tokensPerMinute: .inf}'), 'a.limits.tokensPerMinute'],
    [limits('{tokensPerMinute: many}'), 'a.limits.tokensPerMinute'],
    [limits('{concurrencyMax: 1.5}'), 'a.limits.concurrencyMax'],
    [limits('{concurrencyMax: 1e18}'), 'a.limits.concurrencyMax'],
    [prices('{inputUsdPerMillion: 1}'), 'a.models.m.prices.outputUsdPerMillion'],
    [prices('{outputUsdPerMillion: 1}'), 'a.models.m.prices.inputUsdPerMillion'],
    [prices('{inputUsdPerMillion: -1, outputUsdPerMillion: 1}'), 'a.models.m.prices.inputUsdPerMillion'],
    [prices('{inputUsdPerMillion: 1, outputUsdPerMillion: 1e18}'), 'a.models.m.prices.outputUsdPerMillion'],
    [prices('{inputUsdPerMillion: .nan, outputUsdPerMillion: 1}'), 'a.models.m.prices.inputUsdPerMillion'],
    [
      prices('{inputUsdPerMillion: 1, cachedInputUsdPerMillion: 2, outputUsdPerMillion: 1}'),
      'a.models.m.prices.cachedInputUsdPerMillion',
    ],
    [
      prices('{inputUsdPerMillion: 1, outputUsdPerMillion: 1, batchShare: 2}'),
      'a.models.m.prices.batchShare',
    ],
    [prices('{inputUsdPerMillion: 1, outputUsdPerMillion: 1, inputUsd: 2}'), 'a.models.m.prices'],
    [prices('0.5'), 'a.models.m.prices'],
    [model('{contextTokens: -1}'), 'a.models.m.contextTokens'],
    [model('{tokenizer: ./none.json}'), 'a.models.m.tokenizer'],
  ])('refuses the number in %s and names its field', (yaml, place) => {
    const problem = problemOf(() => load(yaml));
    expect([problem.code, problem.at]).toEqual(['config-invalid', `providers.${place}`]);
  });

  describe('prices', () => {
    const found = (flavour: string, entry: string, name = 'gpt-4o-mini') =>
      findModel(
        load(`providers: {a: {flavour: ${flavour}, baseUrl: "http://x/v1", models: {${name}: ${entry}}}}`)
          .providers,
        `a/${name}`,
      ).model;

    it.each(['openai', 'azure'])('of a well-known model are the list’s for %s, with its day', (flavour) => {
      expect(found(flavour, '')).toMatchObject({
        prices: { inputUsdPerMillion: 0.15, outputUsdPerMillion: 0.6 },
        pricesFrom: expect.stringMatching(/^list \d{4}-\d{2}-\d{2}$/),
      });
    });

    it('of the configuration go before the list’s', () => {
      const entry = '{prices: {inputUsdPerMillion: 9, outputUsdPerMillion: 9}}';
      expect(found('openai', entry)).toMatchObject({
        prices: { inputUsdPerMillion: 9 },
        pricesFrom: 'configuration',
      });
    });

    it.each([
      ['openai', '{prices: null}', 'gpt-4o-mini'],
      ['vllm', '', 'gpt-4o-mini'],
      ['openai', '', 'my-finetune'],
    ])('stay unknown with flavour %s, %s and model %s', (flavour, entry, name) => {
      const { prices, pricesFrom } = found(flavour, entry, name);
      expect([prices, pricesFrom]).toEqual([undefined, undefined]);
    });

    it('of an own endpoint’s model by name are the list’s', () => {
      const { providers } = loadConfig({ OPENAI_API_KEY: 'x' }, folder);
      expect(findModel(providers, 'openai/gpt-4.1-nano').model.prices?.inputUsdPerMillion).toBe(0.1);
    });

    it.each([
      ['openai', '', 0.5],
      ['vllm', 'prices: {inputUsdPerMillion: 1, outputUsdPerMillion: 1},', 1],
      ['openai', 'prices: {inputUsdPerMillion: 1, outputUsdPerMillion: 1, batchShare: 0.3},', 0.3],
    ])('in batch mode with flavour %s and %s are a share of %d', (flavour, entry, share) => {
      expect(found(flavour, `{${entry} capabilities: [chat, batch]}`).prices?.batchShare).toBe(share);
    });
  });

  it('refuses a key where its variable is to be named, without repeating it', () => {
    const problem = problemOf(() => load('providers: {a: {baseUrl: "http://x/v1", apiKeyEnv: sk-abc}}'));
    expect(problem.message).toContain('the name of an environment variable, never a key');
    expect(problem.message).not.toContain('sk-abc');
  });
});

describe('looking a model up', () => {
  it.each([
    ['nobody/x', 'a configured provider (embedded, scripted)'],
    ['embedded/gpt', 'smollm2-135m-instruct'],
    ['embedded', 'smollm2-135m-instruct'],
    ['constructor/x', 'a configured provider'],
  ])('%s: says what there is', (name, expected) => {
    const problem = problemOf(() => findModel(loadConfig({}, folder).providers, name));
    expect(problem.code).toBe('model-unknown');
    expect(problem.message).toContain(expected);
  });
});
