/** Errors, what the students said, and what the model wrote from them: the best way to see what a run did. */
import type { Section } from '../../report';
import type { PublishContext } from '../../strategy';
import { excerpt } from './excerpt';
import type { ErrorExtrapolationParams } from './params';
import { stageAt } from './place';
import type { GoldRow, Pick, SiftedRow, TaskKind, Texts } from './records';
import { MAIN } from './report-read-rounds';
import { sampleOf } from './report-sample';
import { text } from './report-words';

type Context = PublishContext<ErrorExtrapolationParams>;

const TRIPLES_MAX = 20;
const CHARACTERS_MAX = 600;

export async function triplesSection(context: Context, last: number): Promise<Section> {
  const title = 'Errors and what was written from them';
  const samples: { title: string; text: string }[] = [];
  for (let round = 1; round <= last; round += 1) {
    const room = Math.ceil((TRIPLES_MAX - samples.length) / (last - round + 1));
    samples.push(...(await triplesOf(context, round, room)));
  }
  if (samples.length === 0) return { title, blocks: [text('No error was imitated.')] };
  return {
    title,
    blocks: [text(`${samples.length} accepted rows, drawn from all rounds.`), { type: 'samples', samples }],
  };
}

async function triplesOf({ read, params, seed }: Context, round: number, room: number) {
  const drawn = await sampleOf(imitations(), room, seed, `triples ${round}`);
  const parents = new Set(drawn.map(({ parentId }) => parentId));
  const picks = new Map<string, Pick>();
  if (drawn.length > 0) {
    for await (const pick of read.collection<Pick>(`${stageAt(MAIN, 'pick', round)}/picks`))
      if (parents.has(pick.id)) picks.set(pick.id, pick);
  }
  const triples: { title: string; text: string }[] = [];
  for (const row of drawn) {
    const pick = picks.get(row.parentId ?? '');
    const [parent] = pick === undefined ? [] : await read.items<GoldRow>('prepare/mine', [pick.ordinal]);
    if (pick !== undefined && parent !== undefined)
      triples.push(tripleOf(params.task.kind, round, parent, pick, row));
  }
  return triples;

  async function* imitations(): AsyncIterable<SiftedRow> {
    for await (const { record } of read.outcomes<unknown, SiftedRow>(stageAt(MAIN, 'gate', round)))
      if (record?.parentId !== undefined) yield record;
  }
}

function tripleOf(kind: TaskKind, round: number, parent: GoldRow, pick: Pick, row: SiftedRow) {
  const gold = parent.label ?? (parent.answers ?? []).map((answer) => answer.text).join(' | ');
  const label = row.label ?? (row.answers ?? []).map((answer) => answer.text).join(' | ');
  return {
    title: `Round ${round}, ${row.variant}: ${excerpt(gold, 60)} taken for ${excerpt(said(pick), 60)}`,
    text: [
      `Error (${parent.id}): ${textsOf(kind, parent)}`,
      `Gold: ${excerpt(gold, CHARACTERS_MAX)}`,
      `Students: ${excerpt(said(pick), CHARACTERS_MAX)}`,
      `New row (${excerpt(label, CHARACTERS_MAX)}): ${textsOf(kind, row)}`,
    ].join('\n'),
  };
}

function said({ predicted = '' }: Pick): string {
  return predicted === '' ? '(nothing)' : predicted;
}

function textsOf(kind: TaskKind, row: Texts): string {
  if (kind === 'text') return excerpt(row.text ?? '', CHARACTERS_MAX);
  const written = (kind === 'pair' ? row.target : row.question) ?? '';
  return `${excerpt(written, CHARACTERS_MAX)}\n  Context: ${excerpt(row.context ?? '', CHARACTERS_MAX)}`;
}
