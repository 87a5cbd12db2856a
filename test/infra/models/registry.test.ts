import type { Config } from '../../../infra/config';
import { ModelFault } from '../../../infra/models/model-client';
import { openModels } from '../../../infra/models/registry';

const scripted = {
  name: 'scripted-1',
  identity: 'scripted-1',
  contextTokens: 100,
  capabilities: ['chat'],
  prices: { inputUsdPerMillion: 1, outputUsdPerMillion: 2 },
} as const;
const providers: Config['providers'] = {
  scripted: {
    name: 'scripted',
    flavour: 'scripted',
    baseUrl: '',
    limits: { concurrencyMax: 3 },
    acceptsAnyModel: false,
    models: { 'scripted-1': scripted },
  },
  embedded: {
    name: 'embedded',
    flavour: 'embedded',
    baseUrl: '',
    limits: {},
    acceptsAnyModel: false,
    models: {},
  },
};
const models = openModels({ providers }, {}, { strategies: [] });
afterAll(() => models.close());

const CALL = {
  kind: 'chat',
  messages: [{ role: 'user', content: 'hi' }],
  temperature: 0,
  tokensMax: 50,
} as const;
const send = (provider: string) =>
  models.client(provider).send(CALL, {
    model: 'scripted-1',
    signal: new AbortController().signal,
    timeoutMs: 1_000,
    userKey: 'x',
  });

test('facts, identity and prices of a configured model', () => {
  expect(models.facts('scripted/scripted-1')).toEqual({
    name: 'scripted/scripted-1',
    capabilities: ['chat'],
    contextTokens: 100,
  });
  expect(models.identity('scripted/scripted-1')).toEqual({ provider: 'scripted', model: 'scripted-1' });
  expect(models.prices('scripted/scripted-1')).toBe(scripted.prices);
});

test('a mistyped name is answered with the nearest one', () => {
  expect(() => models.facts('scripted/scriptd-1')).toThrow(
    expect.objectContaining({
      code: 'model-unknown',
      message: expect.stringContaining('Did you mean "scripted/scripted-1"?') as string,
    }),
  );
  expect(() => models.facts('nothing-like-it/at-all')).toThrow(/There are: scripted\/scripted-1/);
  expect(() => models.client('constructor')).toThrow(/expected a configured provider/);
});

test('the scripted model answers inside this process; one client and one limiter serve everyone', async () => {
  expect((await send('scripted')).reply.text).not.toBe('');
  expect(models.client('scripted')).toBe(models.client('scripted'));
  expect(models.limiter('scripted', 'scripted-1')).toBe(models.limiter('scripted', 'scripted-1'));
});

test('a provider without an address is down, not broken', async () => {
  const fault = await send('embedded').catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(ModelFault);
  expect((fault as ModelFault).verdict).toMatchObject({ kind: 'endpoint-down', paid: 'no' });
});
