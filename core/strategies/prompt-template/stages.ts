import type { ChatCall, Reply } from '../../calls';
import { hashJson } from '../../hash';
import type { Json } from '../../json';
import type {
  InputItem,
  JobFacts,
  PlanContext,
  PlannedRow,
  RowsStage,
  Step,
  StepContext,
} from '../../strategy';
import { accept, call, reject } from '../../strategy';
import { askStructured, climbDown } from '../../structured-output';
import { fill, slotsOf } from '../../template';
import { looksLikeRefusal } from '../../text/refusal';
import { answerSchema } from './answer-schema';
import { itemProblem } from './check';
import type { PromptTemplateParams } from './params';

const HASH_DIGITS = 16;
/** As many hexadecimal digits as a number holds exactly. */
const COUNTED_DIGITS = 13;
const DETAIL_CHARACTERS_MAX = 200;

interface RowData {
  readonly sample: number;
}
type Params = PromptTemplateParams;

/**
 * Every row of the input, `samples` times. Equal rows get keys of their own by counting on.
 * @throws Problem `rows-invalid` for a row behind the head that was checked when the job was posted
 */
async function* plan({ params, read, plan: tranche }: PlanContext<Params>): AsyncIterable<PlannedRow<Json>> {
  if (tranche > 0) return;
  const occurrences = new Map<number, number>();
  let ordinal = 0;
  const slots = slotsOf(params.template);
  for await (const item of read.input('rows')) {
    const problem = itemProblem(item, slots);
    if (problem) throw problem;
    const hash = hashJson(item.value).slice(0, HASH_DIGITS);
    const counted = parseInt(hash.slice(0, COUNTED_DIGITS), 16);
    const earlier = occurrences.get(counted) ?? 0;
    occurrences.set(counted, earlier + 1);
    for (let sample = 0; sample < params.samples; sample += 1) {
      const key = `${hash}/${earlier * params.samples + sample}`;
      yield { key, sources: { rows: [ordinal] }, data: { sample } };
    }
    ordinal += 1;
  }
}

export function chatOf(params: Params, value: Readonly<Record<string, unknown>>): ChatCall {
  const content = fill(params.template, value);
  return {
    kind: 'chat',
    messages: [
      ...(params.system === undefined ? [] : [{ role: 'system', content: params.system } as const]),
      { role: 'user', content },
    ],
    temperature: params.temperature,
    topP: params.topP,
    tokensMax: params.completionTokensMax,
  };
}

function step(context: StepContext<Params, Json>): Step {
  const { params } = context;
  const { model, replies } = climbDown(modelOf(context), context.replies);
  const source = (context.sources.rows?.[0] as InputItem).value as Readonly<Record<string, Json>>;
  const reply = replies.at(-1);
  const unusable = reply === undefined ? undefined : unusableReason(reply);
  if (unusable !== undefined) return reject(unusable, reply?.text.slice(0, DETAIL_CHARACTERS_MAX));
  const { sample } = context.row.data as unknown as RowData;
  const chat = chatOf(params, source);
  const tokens = replies.reduce((sum, one) => sum + one.usage.outputTokens, 0);
  if (params.jsonSchema !== undefined) {
    const answer = askStructured({
      base: chat,
      name: 'answer',
      schema: answerSchema(params.jsonSchema),
      model,
      role: 'generator',
      replies,
    });
    if ('call' in answer) return call(answer.call);
    if ('unparsable' in answer) return reject('unparsable', answer.unparsable);
    return accept({ source, value: answer.value, sample }, tokens);
  }
  if (reply === undefined) return call({ role: 'generator', request: chat });
  return accept({ source, text: reply.text.trim(), sample }, tokens);
}

function modelOf({ models }: JobFacts<Params>) {
  const model = models.generator;
  if (model === undefined) throw new TypeError('the job has no model for role generator');
  return model;
}

/** Why a reply is no answer, whatever it was to hold. Order matters: a filtered reply is often empty too. */
function unusableReason(reply: Reply): string | undefined {
  if (reply.finish === 'content-filter') return 'content-filtered';
  if (reply.refused) return 'refusal';
  if (reply.finish === 'length') return 'truncated';
  if (reply.text.trim() === '') return 'empty';
  return looksLikeRefusal(reply.text) ? 'refusal' : undefined;
}

export const generate: RowsStage<Params> = {
  kind: 'rows',
  title: 'Asks the model once for every row and sample',
  dataset: true,
  required: true,
  reads: { rows: 'inputs/rows' },
  plan,
  step,
};
