import { entigraphParamsSchema } from '../../../../core/strategies/entigraph/params';
import type { EntigraphParams } from '../../../../core/strategies/entigraph/params';
import type { MemoryRun } from '../../../support/run-strategy';

export function params(given: Record<string, unknown> = {}): EntigraphParams {
  return entigraphParamsSchema.parse(given);
}

/** The workflow's story, without publishing. */
export async function story(run: MemoryRun): Promise<void> {
  await run.stage('ingest');
  await run.generate('extract');
  await run.stage('canonicalise');
  for (let n = 0; (await run.generate('entigraph', n)).planned > 0; n += 1)
    await run.generate('select-entigraph', n);
  await run.stage('assemble');
}

const NAMES = [
  'Arden',
  'Barrow',
  'Carrow',
  'Dunmore',
  'Ellery',
  'Farrow',
  'Gaskin',
  'Hollis',
  'Ives',
  'Jarrow',
  'Keld',
  'Lisle',
  'Marrow',
  'Nairn',
  'Orford',
  'Penrith',
  'Quorn',
  'Ruskin',
  'Selby',
  'Tarrant',
  'Ulver',
  'Verhoef',
  'Wend',
  'Yarrow',
  'Zennor',
  'Aldwick',
  'Bexley',
  'Corvin',
  'Dorset',
  'Exmoor',
  'Fenwick',
  'Girton',
  'Harlow',
  'Ilkley',
  'Jura',
  'Kendal',
  'Lundy',
  'Malvern',
  'Newlyn',
  'Oban',
];

/** A document with exactly `count` names that the scripted model lists. */
export function documentWith(count: number, id: string): { id: string; title: string; text: string } {
  const sentences = NAMES.slice(0, count).map(
    (name, i) =>
      `In the ${id} ledger of year ${i} the clerks wrote that ${name} brought timber, barley and copper before harvest.`,
  );
  const filler = 'It was a quiet season on the coast and nobody asked for more than bread and lamplight. ';
  return { id, title: `Ledger of ${id}`, text: `${sentences.join(' ')} ${filler.repeat(3)}` };
}
