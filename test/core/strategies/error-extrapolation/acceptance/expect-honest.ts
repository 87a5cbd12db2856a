/** What must hold of every run, whatever it was about: no row lost, no label swapped, no gold in disguise, no look at test. */
import { accuracy, macroF1 } from '../../../../../core/metrics/label-metrics';
import { answerExact, answerF1 } from '../../../../../core/metrics/answer-metrics';
import type { ErrorExtrapolationParams } from '../../../../../core/strategies/error-extrapolation/params';
import type {
  DatasetRecord,
  GoldRow,
  MinedError,
  SiftedRow,
  Texts,
  WriteData,
  WrittenRow,
} from '../../../../../core/strategies/error-extrapolation/records';
import type { Example, LabelPrediction, Prediction } from '../../../../../core/students/student';
import type { MemoryStage } from '../../../../support/memory-stage';
import type { StoryRun } from './story-run';

/** Arms whose imitations are of errors. */
const MINING = /^(?:r\d+\/)?(?:main|faithful)\/extrapolate-(\d+)$/u;
const TOLERANCE = 1e-9;

export function expectHonest(run: StoryRun): void {
  expect(faultsOf(run)).toEqual([]);
}

/** A sentence for everything that should not be. */
export function faultsOf(run: StoryRun): string[] {
  return [
    ...endFaults(run),
    ...splitFaults(run),
    ...labelFaults(run),
    ...leakFaults(run),
    ...errorFaults(run),
    ...exampleFaults(run),
    ...scoreFaults(run),
    ...readFaults(run),
    ...datasetFaults(run),
  ];
}

function endFaults({ stages }: StoryRun): string[] {
  return Object.entries(stages).flatMap(([name, { rows, plans }]) => {
    const planned = plans.reduce((sum, count) => sum + count, 0);
    const keys = new Set(rows.map(({ row }) => row.key)).size;
    return keys === rows.length && planned === rows.length
      ? []
      : [`${name}: ${planned} rows planned, ${rows.length} ended, ${keys} keys`];
  });
}

/** Rows of one text or one group stand in one split. */
function splitFaults(run: StoryRun): string[] {
  const places = new Map<string, string>();
  return SPLITS.flatMap((split) =>
    goldIn(run, split).flatMap((row) =>
      [textOf(row), `group ${row.group}`].flatMap((key) => {
        const place = places.get(key) ?? split;
        places.set(key, place);
        return place === split ? [] : [`${split}: ${row.id} stands in ${place} too`];
      }),
    ),
  );
}

/** A written row keeps the label that was asked for, which is that of the row it imitates; or the judge's, on a boundary. */
function labelFaults(run: StoryRun): string[] {
  const mine = new Map(goldIn(run, 'mine').map((row) => [row.id, row]));
  return writingStages(run).flatMap(([name, { rows }]) =>
    rows.flatMap(({ row, record }) => {
      const { label, variant, parentId } = row.data as unknown as WriteData;
      const written = record as unknown as WrittenRow | undefined;
      const parent = parentId === undefined ? undefined : mine.get(parentId);
      const faults: string[] = [];
      if (written !== undefined && written.label !== label)
        faults.push(`${name}: ${row.key} was asked for ${label}, and is ${written.label}`);
      if (parentId !== undefined && parent === undefined)
        faults.push(`${name}: ${row.key} imitates ${parentId}, which is not in mine`);
      const isChanged = variant === 'contrast' && label !== undefined;
      if (parent !== undefined && (parent.label === label) === isChanged)
        faults.push(`${name}: ${row.key} is ${label}, its parent ${parent.label}`);
      return faults;
    }),
  );
}

/** What passed a gate is what was written; and it is no row of gold. */
function leakFaults(run: StoryRun): string[] {
  const { kind } = paramsOf(run).task;
  // About a context of mine a question or statement may come again by chance; a whole text does not.
  const splits: readonly Split[] = kind === 'text' ? SPLITS : ['select', 'test'];
  const gold = new Map(
    splits.flatMap((split) => goldIn(run, split).map((row) => [textOf(row), split] as const)),
  );
  return gates(run).flatMap(([name, { rows }]) => {
    const asked = askedFor(run, name);
    return rows.flatMap(({ row, record }) => {
      if (record === undefined) return [];
      const passed = record as unknown as SiftedRow;
      const written = asked.get(row.key)?.record as unknown as WrittenRow | undefined;
      const faults: string[] = [];
      if (written === undefined || textOf(written) !== textOf(passed))
        faults.push(`${name}: ${row.key} is not what was written`);
      if (written?.label !== passed.label && passed.variant !== 'boundary')
        faults.push(`${name}: ${row.key} was written as ${written?.label}, and is ${passed.label}`);
      const split = gold.get(textOf(passed));
      if (split !== undefined) faults.push(`${name}: ${row.key} repeats a row of ${split}`);
      return faults;
    });
  });
}

/** What main imitates was wrong in the round before, and is not suspected to be wrong itself. */
function errorFaults(run: StoryRun): string[] {
  return Object.entries(run.stages).flatMap(([name, { rows }]) => {
    const round = Number(MINING.exec(name)?.[1] ?? 0);
    if (round === 0) return [];
    const found = run.stages[name.replace(/extrapolate-\d+$/u, `mine-${round - 1}`)]!;
    const errors = new Set(
      ((found.collections.get('errors') ?? []) as unknown as MinedError[])
        .filter(({ suspected }) => !suspected)
        .map(({ id }) => id),
    );
    return rows.flatMap(({ row }) => {
      const { parentId = '' } = row.data as unknown as WriteData;
      return errors.has(parentId) ? [] : [`${name}: ${row.key} imitates ${parentId}, which is no error`];
    });
  });
}

/** Students learn from what gates accepted, and from mine where that is the composition; never from the rest of gold. */
function exampleFaults(run: StoryRun): string[] {
  const labelled = (row: Texts & { readonly label?: string }): string => `${row.label} ${textOf(row)}`;
  const accepted = new Set(
    gates(run).flatMap(([, { rows }]) =>
      rows.flatMap(({ record }) => (record === undefined ? [] : [labelled(record as unknown as SiftedRow)])),
    ),
  );
  const mine = new Set(goldIn(run, 'mine').map(labelled));
  return Object.entries(run.stages).flatMap(([name, { collections }]) =>
    [...collections].flatMap(([collection, items]) => {
      if (!collection.startsWith('examples/')) return [];
      const withGold = collection.includes('gold-plus-synthetic');
      return (items as unknown as Example[]).flatMap((example) => {
        const key = labelled(example);
        return accepted.has(key) || (withGold && mine.has(key))
          ? []
          : [`${name}: ${collection} holds ${example.id}, which no gate accepted`];
      });
    }),
  );
}

/** Scores are read off select, and choose the round. */
function scoreFaults(run: StoryRun): string[] {
  const { returnRound } = paramsOf(run);
  const rounds = Object.entries(run.stages).filter(([name]) => /^(?:r\d+\/)?main\/mine-\d+$/u.test(name));
  const faults: string[] = [];
  const scores = new Map<string, number[]>();
  for (const [name, { rows, facts }] of rounds) {
    for (const { row } of rows) {
      const { items } = row.data as unknown as { readonly items: string };
      if (!/^prepare\/(?:mine|select)$/u.test(items)) faults.push(`${name}: ${row.key} predicts ${items}`);
    }
    if (typeof facts['score'] !== 'number') continue;
    const measured = scoreOf(run, name);
    if (Math.abs(measured - facts['score']) > TOLERANCE)
      faults.push(`${name}: says ${facts['score']}, its predictions ${measured}`);
    const loop = name.replace(/mine-\d+$/u, '');
    const known = [...(scores.get(loop) ?? []), measured];
    scores.set(loop, known);
    const best = returnRound === 'last' ? known.length - 1 : known.indexOf(Math.max(...known));
    if (facts['best'] !== best) faults.push(`${name}: returns round ${facts['best']}, the best is ${best}`);
  }
  return faults;
}

function scoreOf(run: StoryRun, name: string): number {
  const { collections, facts } = run.stages[name]!;
  const split = facts['optimistic'] === true ? 'mine' : 'select';
  const rows = goldIn(run, split);
  const composition = paramsOf(run).composition;
  const labels = paramsOf(run).task.labels.map(({ id }) => id);
  const gold = rows.map(({ label = '' }) => label);
  const scores = [...collections].flatMap(([collection, items]) => {
    if (!collection.startsWith(`predictions/${composition}/`) || !collection.endsWith(`/${split}`)) return [];
    const said = (items as unknown as Prediction[]).map((one) =>
      'answer' in one ? one.answer.text : labels[likeliest(one)]!,
    );
    const ofAnswers = (score: typeof answerF1): number =>
      rows.reduce(
        (sum, { answers = [] }, i) =>
          sum +
          score(
            said[i]!,
            answers.map(({ text }) => text),
          ),
        0,
      ) / rows.length;
    if (facts['metric'] === 'em') return [ofAnswers((answer, all) => Number(answerExact(answer, all)))];
    if (facts['metric'] === 'f1') return [ofAnswers(answerF1)];
    return [facts['metric'] === 'macro-f1' ? macroF1(gold, said) : accuracy(gold, said)];
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

const likeliest = ({ probabilities }: LabelPrediction): number =>
  probabilities.indexOf(Math.max(...probabilities));

/** Between `prepare` and `test` nobody opens the test rows. */
function readFaults({ reads }: StoryRun): string[] {
  return reads
    .filter(({ stage, collection }) => collection === 'prepare/test' && !/^test(?:-teacher)?$/u.test(stage))
    .map(({ stage }) => `${stage} has opened the test rows`);
}

/** The dataset is what the gates of the returned rounds accepted, in their order; then mine, where that is shipped. */
function datasetFaults(run: StoryRun): string[] {
  const assembled = run.stages['assemble'];
  if (assembled === undefined) return [];
  const { round } = assembled.facts as { readonly round: number };
  const said = Object.entries(run.stages).flatMap(([name, { facts }]) =>
    /^main\/mine-\d+$/u.test(name) && facts['best'] !== undefined ? [facts['best']] : [],
  );
  const faults = said.at(-1) === round ? [] : [`assemble: round ${round}, the best was ${said.at(-1)}`];
  const synthetic = Array.from({ length: round + 1 }, (_, q) => run.stages[`main/gate-${q}`]?.rows ?? [])
    .flat()
    .flatMap(({ record }) => (record === undefined ? [] : [record as unknown as SiftedRow]));
  const gold =
    paramsOf(run).composition === 'synthetic-only'
      ? []
      : goldIn(run, 'mine').map((row) => ({ ...row, id: `gold/${row.id}` }));
  const line = ({ id, label, ...texts }: Pick<DatasetRecord, 'id' | 'label'> & Texts): string =>
    `${id} ${label} ${textOf(texts)}`;
  const expected = [...synthetic, ...gold].map(line);
  const got = assembled.rows.map(({ record }) => line(record as unknown as DatasetRecord));
  const other = got.findIndex((one, i) => one !== expected[i]);
  if (got.length !== expected.length)
    faults.push(`assemble: ${got.length} records, gates accepted ${expected.length}`);
  if (other >= 0) faults.push(`assemble: "${got[other]}" stands where "${expected[other]}" should`);
  return faults;
}

const SPLITS = ['mine', 'select', 'test'] as const;
type Split = (typeof SPLITS)[number];

function goldIn({ stages }: StoryRun, split: Split): readonly GoldRow[] {
  return (stages['prepare']?.collections.get(split) ?? []) as unknown as GoldRow[];
}

const textOf = ({ text, context, target, question }: Texts): string =>
  [text, context, target, question].join('\n');

const paramsOf = ({ facts }: StoryRun): ErrorExtrapolationParams => facts.params as ErrorExtrapolationParams;

type Named = readonly [string, MemoryStage];

const gates = ({ stages }: StoryRun): Named[] =>
  Object.entries(stages).filter(([name]) => /\/gate-\d+$/u.test(name));
const writingStages = ({ stages }: StoryRun): Named[] =>
  Object.entries(stages).filter(([name]) => /\/(?:seed|extrapolate-\d+)$/u.test(name));

/** The rows of the stage that wrote what a gate saw, by key. */
function askedFor({ stages }: StoryRun, gate: string) {
  const writing = gate.replace(/gate-0$/u, 'seed').replace(/gate-/u, 'extrapolate-');
  return new Map((stages[writing]?.rows ?? []).map((one) => [one.row.key, one]));
}
