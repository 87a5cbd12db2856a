/** Stage `extract`: each window's entities and a summary of it. */
import type { z } from 'zod';
import { askStructured, climbDown, parseStructured, structuredCall } from '../../structured-output';
import type { StructuredQuestion } from '../../structured-output';
import type { CallRequest, Reply } from '../../calls';
import type { Json } from '../../json';
import { accept, call, reject } from '../../strategy';
import type { PlanContext, PlannedRow, RowsStage, Step, StepContext } from '../../strategy';
import { looksLikeRefusal } from '../../text/refusal';
import type { EntigraphParams } from './params';
import { extractCall, extractionSchema } from './prompts';
import type { ExtractionAnswer } from './prompts';
import type { Document, Extraction, NamedEntity, Window } from './records';
import { findNames } from './text-entities';

/** New draws after the corrective retry; later passes get none, they only add. */
const REDRAWS_MAX = 3;

interface ExtractData {
  readonly docHash: string;
  readonly window: number;
}
type Context = StepContext<EntigraphParams, ExtractData>;

export const extract: RowsStage<EntigraphParams, ExtractData> = {
  kind: 'rows',
  title: 'List the entities of each window and summarise it',
  required: true,
  reads: { documents: 'ingest/documents', windows: 'ingest/windows' },
  plan: planExtraction,
  step: stepExtraction,
};

async function* planExtraction({
  read,
  plan,
}: PlanContext<EntigraphParams>): AsyncIterable<PlannedRow<ExtractData>> {
  if (plan > 0) return;
  let ordinal = 0;
  for await (const { docHash, firstWindow, windowCount } of read.collection<Document>('ingest/documents')) {
    for (let window = 0; window < windowCount; window += 1) {
      const sources = { documents: [ordinal], windows: [firstWindow + window] };
      yield { key: `extract/${docHash}/${window}`, sources, data: { docHash, window } };
    }
    ordinal += 1;
  }
}

function stepExtraction(given: Context): Step {
  const { model, replies } = climbDown(given.models['generator']!, given.replies);
  const context: Context = { ...given, models: { ...given.models, generator: model }, replies };
  const { params, sources } = context;
  const [document] = sources['documents'] as readonly [Document];
  const [window] = sources['windows'] as readonly [Window];
  const named = params.entitySource === 'model' ? [] : findNames(window.text);
  if (params.entitySource === 'text') return finish(context, { summary: '', entities: named });
  const first = firstPass(context, document, window, named.length > 0);
  if ('call' in first) return call(first.call);
  if ('reason' in first) {
    // With names from the text at hand, a useless answer costs the summary only.
    if (named.length === 0) return reject(first.reason, first.detail);
    return finish(context, { summary: '', entities: named, textOnly: true });
  }
  let { entities } = first.value;
  let rest = context.replies.slice(first.replies);
  for (let pass = 2; pass <= params.entityPasses; pass += 1) {
    const answer = askStructured({ ...question(context, document, window, entities), replies: rest });
    if ('call' in answer) return call(answer.call);
    if ('value' in answer) entities = [...entities, ...answer.value.entities];
    rest = rest.slice('value' in answer ? answer.replies : 2);
  }
  const title = first.value.title?.trim() ?? '';
  const summary = first.value.summary.trim();
  return finish(context, { summary, ...(title === '' ? {} : { title }), entities: [...entities, ...named] });
}

type FirstPass =
  | { readonly call: CallRequest }
  | { readonly value: ExtractionAnswer; readonly replies: number }
  | { readonly reason: string; readonly detail: string };

/** The ladder, then new draws of the question while the answer has no use. */
function firstPass(context: Context, document: Document, window: Window, emptyAllowed: boolean): FirstPass {
  const { replies } = context;
  const asked = question(context, document, window, []);
  const usable = (value: ExtractionAnswer): boolean => emptyAllowed || value.entities.length > 0;
  const answer = askStructured({ ...asked, replies });
  if ('call' in answer) return answer;
  if ('value' in answer && usable(answer.value)) return answer;
  const used = 'value' in answer ? answer.replies : 2;
  for (let draw = 0; draw < REDRAWS_MAX; draw += 1) {
    const reply = replies[used + draw];
    // Redraw 1 is the corrective retry's.
    if (reply === undefined) return { call: structuredCall(asked, draw + 2) };
    const parsed = parseStructured(reply.text, asked.schema);
    if ('value' in parsed && usable(parsed.value)) return { value: parsed.value, replies: used + draw + 1 };
  }
  return fault(replies[used + REDRAWS_MAX - 1]!, asked.schema);
}

function fault(reply: Reply, schema: z.ZodType<ExtractionAnswer>): FirstPass {
  if (reply.finish === 'content-filter')
    return { reason: 'content-filtered', detail: 'the provider filtered the answer' };
  const parsed = parseStructured(reply.text, schema);
  if ('value' in parsed) return { reason: 'entities-empty', detail: 'the answer lists no entity' };
  if (reply.refused || looksLikeRefusal(reply.text))
    return { reason: 'refusal', detail: reply.text.slice(0, 200) };
  if (reply.finish === 'length') return { reason: 'truncated', detail: parsed.fault };
  return { reason: 'unparsable', detail: parsed.fault };
}

function question(
  context: Context,
  document: Document,
  window: Window,
  listed: readonly NamedEntity[],
): Omit<StructuredQuestion<ExtractionAnswer>, 'replies'> {
  const { params, prompts, models } = context;
  const asksTitle = document.title === undefined && window.window === 0;
  return {
    base: extractCall({ params, template: prompts['extract']!, document, window, listed, asksTitle }),
    name: 'extraction',
    schema: extractionSchema({ params, asksTitle }),
    model: models['generator']!,
    role: 'generator',
  };
}

function finish(context: Context, found: Omit<Extraction, 'docHash' | 'window'>): Step {
  if (found.entities.length === 0) return reject('entities-empty', 'the window names nothing');
  const { docHash, window } = context.row.data;
  const record: Extraction = { docHash, window, ...found };
  return accept(record as unknown as Json);
}
