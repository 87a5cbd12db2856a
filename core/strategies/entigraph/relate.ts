/** Stage `entigraph`: a text about each pair and triple of a document's entities. */
import { hashJson } from '../../hash';
import type { ChatCall } from '../../calls';
import type { Json } from '../../json';
import { accept, call, reject } from '../../strategy';
import type { RowsStage, Step, StepContext } from '../../strategy';
import { checkRelation, checkText } from './filters';
import type { Kept } from './filters';
import type { EntigraphParams } from './params';
import { planRelations } from './plan';
import { relateCall, relateInstructions, relatePromptId } from './prompts';
import type { DocumentEntities, Entity, RelateData, RelateRecord, Window } from './records';

/** An answer that cannot be used is asked for once more. */
const DRAWS_MAX = 2;
const VERSION_CHARACTERS = 12;

type Context = StepContext<EntigraphParams, RelateData>;

export const relate: RowsStage<EntigraphParams, RelateData> = {
  kind: 'rows',
  title: 'Write about how the entities of each document bear on one another',
  required: true,
  lineage: 'entigraph',
  reads: { documents: 'ingest/documents', windows: 'ingest/windows', entities: 'canonicalise/entities' },
  plan: planRelations,
  step: stepRelation,
};

function stepRelation(context: Context): Step {
  const { params, prompts, row, replies } = context;
  const document = context.sources['entities']![0] as DocumentEntities;
  const windows = context.sources['windows'] as readonly Window[];
  if (row.data.kind === 'summary') return takeSummary(context, document, windows);
  const things = row.data.entityIds.map((id) => entityNamed(document, id));
  const names = things.map(({ name }) => name);
  const reply = replies.at(-1);
  const ask = (): ChatCall => relateCall({ params, prompts, document, windows, things: names });
  if (reply === undefined) return call({ role: 'generator', request: ask() });
  const verdict = checkRelation({
    reply,
    params,
    instructions: Object.values(relateInstructions({ params, prompts, things: names })),
    title: document.title,
    things,
    windows,
    key: row.key,
  });
  if (!('reason' in verdict)) return acceptText(context, document, things, verdict, []);
  if (verdict.redraw && replies.length < DRAWS_MAX)
    return call({ role: 'generator', request: ask(), redraw: replies.length });
  return reject(verdict.reason, verdict.detail);
}

function entityNamed({ entities, docHash }: DocumentEntities, id: string): Entity {
  const entity = entities.find((item) => item.id === id);
  if (entity === undefined) throw new Error(`document ${docHash} has no entity ${id}`);
  return entity;
}

/** The extraction has written the summary already; it is checked like every text. */
function takeSummary(context: Context, document: DocumentEntities, windows: readonly Window[]): Step {
  const { params, prompts, row } = context;
  const summary = document.summaries.find(({ window }) => window === row.data.windows[0]);
  const kept = checkText({ params, windows, instructions: [prompts['extract']!] }, summary?.text ?? '');
  if ('reason' in kept) return reject(kept.reason, kept.detail);
  return acceptText(context, document, [], kept, summary?.callKeys ?? []);
}

function acceptText(
  context: Context,
  document: DocumentEntities,
  things: readonly Entity[],
  kept: Kept,
  callKeys: readonly string[],
): Step {
  const { row, params, prompts, models } = context;
  const { kind, sample, order, windows } = row.data;
  const record: RelateRecord = {
    docHash: document.docHash,
    docIds: document.docIds,
    title: document.title,
    kind,
    windowIds: windows.map((window) => `${document.docIds[0]}/${window}`),
    entities: things.map(({ id, name }) => ({ id, name })),
    sample,
    position: order,
    text: kept.text,
    tokens: kept.tokens,
    titleAdded: kept.titleAdded,
    generator: models['generator']!.name,
    promptVersion: hashJson(prompts[kind === 'summary' ? 'extract' : relatePromptId(params)]).slice(
      0,
      VERSION_CHARACTERS,
    ),
    callKeys,
    checks: kept.checks,
  };
  return accept(record as unknown as Json, kept.tokens);
}
