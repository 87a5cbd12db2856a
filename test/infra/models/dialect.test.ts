/** If these fail, a model that refuses a parameter blocks a whole job, or the same refusal is paid in time by every call. */
import fc from 'fast-check';
import { type Dialect, Dialects, guessDialect, learnDialect } from '../../../infra/models/dialect';
import type { CallFault } from '../../../infra/models/verdict';

const refusal = (message: string, param: string | null = null, code: string | null = null): CallFault => ({
  status: 400,
  message,
  body: { error: { message, type: 'invalid_request_error', param, code } },
});
const LIMIT = refusal(
  "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  'max_tokens',
  'unsupported_parameter',
);
const TEMPERATURE = refusal(
  "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
  'temperature',
  'unsupported_value',
);
const PLAIN = guessDialect('azure', 'my-deployment');

test.each<[string, CallFault, Partial<Dialect>]>([
  ['OpenAI, the limit’s name', LIMIT, { limit: 'max_completion_tokens', limitLearned: true }],
  ['OpenAI, without a param', refusal(LIMIT.message), { limit: 'max_completion_tokens' }],
  ['OpenAI, temperature', TEMPERATURE, { without: ['temperature'] }],
  [
    'OpenAI, top_p',
    refusal("Unsupported parameter: 'top_p' is not supported.", 'top_p'),
    { without: ['top_p'] },
  ],
  ['OpenAI, stop', refusal("Unsupported parameter: 'stop' is not supported."), { without: ['stop'] }],
  ['Azure, an old version', refusal('Unrecognized request argument supplied: seed'), { without: ['seed'] }],
  [
    'Mistral, vLLM in strict mode',
    {
      status: 422,
      message: '',
      body: {
        detail: [{ type: 'extra_forbidden', loc: ['body', 'seed'], msg: 'Extra inputs are not permitted' }],
      },
    },
    { without: ['seed'] },
  ],
])('learns from %s', (_server, fault, learned) => {
  expect(learnDialect(PLAIN, fault)).toMatchObject(learned);
});

test.each<[string, CallFault]>([
  ['another status', { ...LIMIT, status: 500 }],
  ['a format', refusal("'response_format' of type 'json_schema' is not supported", 'response_format')],
  ['a value out of range', refusal('temperature: must be at most 2', 'temperature')],
  ['a prompt that is too long', refusal("'max_tokens' is too large: 5000.", 'max_tokens')],
])('learns nothing from %s', (_what, fault) => {
  expect(learnDialect(PLAIN, fault)).toBeUndefined();
});

const faultOf = (error: unknown): CallFault | undefined => (error as { fault?: CallFault }).fault;
const thrown = (fault: CallFault) => Object.assign(new Error(fault.message), { fault });

test('sends again in the form that the model takes, and later calls begin with it', async () => {
  const dialects = new Dialects('azure');
  const sent: Dialect[] = [];
  const model = (dialect: Dialect): Promise<string> => {
    sent.push(dialect);
    if (dialect.limit === 'max_tokens') return Promise.reject(thrown(LIMIT));
    if (!dialect.without.includes('temperature')) return Promise.reject(thrown(TEMPERATURE));
    return Promise.resolve('answer');
  };
  const burst = await Promise.all([1, 2, 3].map(() => dialects.speak('d', model, faultOf)));
  expect(burst).toEqual(['answer', 'answer', 'answer']);
  sent.length = 0;
  await dialects.speak('d', model, faultOf);
  expect(sent).toEqual([{ limit: 'max_completion_tokens', limitLearned: true, without: ['temperature'] }]);
  await expect(dialects.speak('other', model, faultOf)).resolves.toBe('answer');
});

test('hands every other fault on, also while another call learns', async () => {
  const dialects = new Dialects('openai');
  const limited = thrown({ status: 429, message: 'slow down' });
  let learned: Promise<unknown> | undefined;
  const slow = dialects.speak(
    'm',
    async () => {
      learned = dialects.speak(
        'm',
        (d) => (d.limit === 'max_tokens' ? Promise.reject(thrown(LIMIT)) : Promise.resolve(1)),
        faultOf,
      );
      await learned;
      throw limited;
    },
    faultOf,
  );
  await expect(slow).rejects.toBe(limited);
});

test('ends with any server, whatever it refuses', async () => {
  const words = fc.constantFrom(
    'max_tokens',
    'max_completion_tokens',
    'temperature',
    'top_p',
    'stop',
    'seed',
    'n',
  );
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(words), async (stream) => {
      let sends = 0;
      const refusing = () => {
        sends += 1;
        const { value } = stream.next() as { value: string };
        return Promise.reject(thrown(refusal(`Unsupported parameter: '${value}'`, value)));
      };
      await expect(new Dialects('openai').speak('m', refusing, faultOf)).rejects.toThrow('Unsupported');
      expect(sends).toBeLessThanOrEqual(6);
    }),
    { numRuns: 50 },
  );
});
