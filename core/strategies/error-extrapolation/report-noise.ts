/** Gold rows that are probably labelled wrong, for a person to look at: they were listed, and not imitated. */
import type { Section, SectionBlock } from '../../report';
import type { PublishContext } from '../../strategy';
import { excerpt } from './excerpt';
import type { ErrorExtrapolationParams } from './params';
import type { GoldRow, MinedError, TaskKind, Texts } from './records';
import { MAIN } from './report-read-rounds';
import { decimal, text } from './report-words';
import { readErrors } from './stages/mined';

type Context = PublishContext<ErrorExtrapolationParams>;

const SHOWN_MAX = 50;
const HELD_MAX = 5_000;
const TEXT_CHARACTERS_MAX = 160;

interface Suspect {
  readonly error: MinedError;
  readonly rounds: number[];
}

export async function noiseSection(context: Context, last: number): Promise<Section> {
  const title = 'Suspected gold noise';
  const { params } = context;
  if (params.noiseGuard === 'off')
    return {
      title,
      blocks: [text('Not looked for: noiseGuard is off, and wrong gold rows are imitated like any error.')],
    };
  const { suspects, more } = await suspectsOf(context, last);
  if (suspects.length === 0) return { title, blocks: [text('No row of mine is suspected.')] };
  const shown = suspects.slice(0, SHOWN_MAX);
  const columns = ['line', 'id', 'gold says', 'students say', 'p of gold', 'rounds', 'row'];
  const rows: (string | number)[][] = [];
  for (const { error, rounds } of shown) {
    const [row] = await context.read.items<GoldRow>('prepare/mine', [error.ordinal]);
    rows.push([
      row === undefined ? '' : String(row.line),
      error.id,
      goldOf(row, error),
      error.predicted === '' ? '(nothing)' : excerpt(error.predicted, TEXT_CHARACTERS_MAX),
      decimal(error.goldProbability, 3),
      rounds.join(', '),
      row === undefined ? '' : excerpt(inOneLine(params.task.kind, row), TEXT_CHARACTERS_MAX),
    ]);
  }
  const total = `${suspects.length}${more ? ' or more' : ''}`;
  const blocks: SectionBlock[] = [
    text(
      `${total} rows of mine, the least believed first${shown.length < suspects.length ? `; ${shown.length} are shown` : ''}. A guess: students ` +
        'that had not seen a row and those of the round agree on something else. Rows that are right but rare are among them.',
    ),
    { type: 'table', columns, rows },
  ];
  return { title, blocks };
}

async function suspectsOf({ read }: Context, last: number): Promise<{ suspects: Suspect[]; more: boolean }> {
  const byId = new Map<string, Suspect>();
  let more = false;
  for (let round = 0; round <= last; round += 1) {
    for (const error of await readErrors(read, MAIN, round)) {
      if (!error.suspected) continue;
      const known = byId.get(error.id);
      if (known !== undefined) known.rounds.push(round);
      else if (byId.size < HELD_MAX) byId.set(error.id, { error, rounds: [round] });
      else more = true;
    }
  }
  const suspects = [...byId.values()].sort(
    (a, b) => a.error.goldProbability - b.error.goldProbability || a.error.ordinal - b.error.ordinal,
  );
  return { suspects, more };
}

function goldOf(row: GoldRow | undefined, { label }: MinedError): string {
  return label ?? (row?.answers ?? []).map(({ text: answer }) => answer).join(' | ');
}

function inOneLine(kind: TaskKind, row: Texts): string {
  const parts =
    kind === 'text' ? [row.text] : kind === 'pair' ? [row.target, row.context] : [row.question, row.context];
  return parts
    .filter((part) => part !== undefined)
    .join(' ← ')
    .replace(/\s+/gu, ' ');
}
