/** Stages of a toy that trains students: each kind once, in a family whose names hold a slash. */
import type { Json } from '../../../core/json';
import {
  accept,
  type EvaluateStage,
  type RowsStage,
  type Stage,
  type TransformStage,
} from '../../../core/strategy';
import type { TrainStage } from '../../../core/strategy';
import type { Example, LabelPrediction, StudentTask } from '../../../core/students/student';

export interface ToyStudentParams {
  readonly seeds: readonly number[];
  /** Texts with this word make the gate ask. */
  readonly trouble: string;
  readonly epochs: number;
}
interface GoldRow {
  readonly id: string;
  readonly text: string;
  readonly label: string;
}
interface Written {
  readonly text: string;
  readonly label: string;
}

const TASK: StudentTask = { kind: 'text', labels: ['cold', 'warm'] };

export const prepare: TransformStage<ToyStudentParams> = {
  kind: 'transform',
  title: 'rows to learn from and rows to look at',
  async transform({ read, write }) {
    let rows = 0;
    for await (const { value } of read.input('rows')) {
      await write(rows % 2 === 0 ? 'mine' : 'select', { ...(value as GoldRow) });
      rows += 1;
    }
    return { facts: { rows } };
  },
};

const seed: RowsStage<ToyStudentParams> = {
  kind: 'rows',
  title: 'a row from each row of mine',
  required: { acceptedShareMin: 0.5, choices: ['publish'] },
  reads: { mine: 'prepare/mine' },
  async *plan({ read }) {
    let ordinal = 0;
    for await (const { id } of read.collection<GoldRow>('prepare/mine'))
      yield { key: `seed/${id}`, sources: { mine: [ordinal++] }, data: null };
  },
  step({ sources }) {
    const [{ text, label }] = sources['mine'] as [GoldRow];
    return accept({ text, label });
  },
  conclude: ({ read }) => countAccepted(read.outcomes('main/seed')),
};

async function countAccepted(outcomes: AsyncIterable<{ readonly state: string }>) {
  let accepted = 0;
  for await (const { state } of outcomes) accepted += state === 'accepted' ? 1 : 0;
  return { facts: { accepted } };
}

const gate: TransformStage<ToyStudentParams> = {
  kind: 'transform',
  title: 'asks a person where a text means trouble',
  dataset: true,
  async transform({ params, read, choice, row }) {
    const answer = choice('artefact');
    let trouble = 0;
    for await (const { row: earlier, record } of read.outcomes<null, Written>('main/seed')) {
      if (!record) continue;
      const bad = record.text.includes(params.trouble);
      trouble += bad ? 1 : 0;
      const { key, sources } = earlier;
      const planned = { key, sources, data: null };
      if (bad && answer === 'discard-round')
        await row(planned, { state: 'rejected', reason: 'round-discarded' });
      else await row(planned, { state: 'accepted', record: { ...record } });
    }
    const block = {
      code: 'artefact',
      message: `${trouble} texts hold "${params.trouble}"; resume with choice "accept" or "discard-round".`,
      samples: [],
      choices: ['accept', 'discard-round'],
    };
    return trouble > 0 && answer === undefined ? { facts: { trouble }, block } : { facts: { trouble } };
  },
};

const train: TrainStage<ToyStudentParams> = {
  kind: 'train',
  title: 'one student a seed',
  async *plan({ params, read, write }) {
    for await (const { row, record } of read.outcomes<null, Written>('main/gate-0')) {
      if (!record) continue;
      const example: Example = { id: row.key, ...record, weight: 1 };
      await write('examples', { ...example } as unknown as Json);
    }
    for (const one of params.seeds) {
      const data = { role: 'main', task: TASK, seed: one, examples: 'main/train-0/examples' };
      yield {
        key: `synthetic-only/${one}`,
        sources: {},
        data: { ...data, options: { epochs: params.epochs } },
      };
    }
  },
};

const mine: EvaluateStage<ToyStudentParams> = {
  kind: 'evaluate',
  title: 'what the students say of rows that they have not seen',
  async *plan({ params }) {
    for (const one of params.seeds) {
      const key = `synthetic-only/${one}`;
      const training = { stage: 'main/train-0', key };
      yield { key, sources: {}, data: { training, items: 'prepare/select' } };
    }
  },
  async conclude({ read, write }) {
    const gold = new Map<string, string>();
    for await (const { id, label } of read.collection<GoldRow>('prepare/select')) gold.set(id, label);
    let [right, all, failed] = [0, 0, 0];
    for await (const { row, state } of read.outcomes('main/mine-0')) {
      if (state !== 'accepted') {
        failed += 1;
        continue;
      }
      const predictions = read.collection<LabelPrediction>(`main/mine-0/predictions/${row.key}`);
      for await (const { id, probabilities } of predictions) {
        const label = probabilities[0]! >= probabilities[1]! ? 'cold' : 'warm';
        all += 1;
        if (label === gold.get(id)) right += 1;
        else await write('errors', { id, label });
      }
    }
    return { facts: { accuracy: all === 0 ? 0 : right / all, predictions: all, failed } };
  },
};

const FAMILY: Readonly<Record<string, Stage<ToyStudentParams>>> = {
  'main/seed': seed,
  'main/gate-0': gate,
  'main/train-0': train,
  'main/mine-0': mine,
};

export const stageNamed = (name: string): Stage<ToyStudentParams> | undefined => FAMILY[name];
