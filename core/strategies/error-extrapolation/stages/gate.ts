/** Stage `<arm>/gate-q`: whether a round's rows may join the data. What it accepts is what students learn from. */
import { BLOCK_SAMPLE_CHARACTERS_MAX, BLOCK_SAMPLES_MAX } from '../../../story/limits';
import type { Block } from '../../../story/vocabulary';
import type { Json } from '../../../json';
import type { Outcome, TransformContext, TransformResult, TransformStage } from '../../../strategy';
import { paramsOfArm } from '../arm-params';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import { stageAt } from '../place';
import type { SiftedRow } from '../records';
import { DISCARD_ROUND, PUBLISH } from '../story';
import { lookForArtefacts } from './round-artefacts';
import type { RoundArtefacts } from './round-artefacts';
import { readSeedMaterial } from './seed-material';
import { labelsInShortfall } from './label-shortfall';

type Context = TransformContext<ErrorExtrapolationParams>;

const ACCEPT = 'accept';
const LABELS_NAMED_MAX = 10;

export function gateStage(place: Place): TransformStage<ErrorExtrapolationParams> {
  return {
    kind: 'transform',
    title: `Test the rows of round ${place.round ?? 0} for marks of their labels`,
    transform: (context) => passGate(context, place),
  };
}

async function passGate(context: Context, place: Place): Promise<TransformResult> {
  const params = paramsOfArm(context.params, place.arm);
  const rows = await siftedRows(context, place);
  const lack = await shortfall(context, place);
  if (lack !== undefined) return { facts: {}, block: lack };
  const artefacts = await lookForArtefacts(context, params, place, rows);
  const fate = fateOf(context, params, place, artefacts);
  if ('block' in fate) return { facts: {}, block: fate.block };
  for (const [index, row] of rows.entries()) {
    const outcome = outcomeOf(row, fate.discard, artefacts.dropped.has(index));
    await context.row({ key: row.id, sources: {}, data: {} }, outcome);
  }
  if (artefacts.report !== undefined) await context.write('artefacts', artefacts.report as unknown as Json);
  return {
    facts: {
      rows: rows.length,
      rebalanced: fate.discard ? 0 : artefacts.dropped.size,
      discarded: fate.discard,
      ...artefacts.facts,
      ...(fate.warning === undefined ? {} : { warning: fate.warning }),
    },
  };
}

/** In the order in which they were planned, with the calls that judged them behind those that wrote them. */
async function siftedRows({ read }: Context, place: Place): Promise<SiftedRow[]> {
  const rows: SiftedRow[] = [];
  const sift = stageAt(place, 'sift', place.round ?? 0);
  for await (const { record, callKeys } of read.outcomes<unknown, SiftedRow>(sift))
    if (record !== undefined) rows.push({ ...record, callKeys: [...record.callKeys, ...callKeys] });
  return rows;
}

function outcomeOf(row: SiftedRow, discard: boolean, dropped: boolean): Outcome {
  if (discard) return { state: 'rejected', reason: 'round-discarded' };
  if (dropped) return { state: 'rejected', reason: 'artefact-rebalance' };
  return { state: 'accepted', record: row as unknown as Json };
}

/** Main alone asks a person; another arm is compared as it is, and marked where it is smaller. */
async function shortfall(context: Context, place: Place): Promise<Block | undefined> {
  if (place.arm !== 'main' || place.round !== 0 || context.choice('shortfall') === ACCEPT) return undefined;
  const lacking = await labelsInShortfall(context.read, place, await readSeedMaterial(context, place));
  if (lacking.length === 0) return undefined;
  const named = lacking
    .slice(0, LABELS_NAMED_MAX)
    .map(({ label, accepted, wanted }) => `${label === '' ? 'rows' : `"${label}"`} ${accepted} of ${wanted}`);
  const more = lacking.length > named.length ? `, and ${lacking.length - named.length} labels more` : '';
  return {
    code: 'shortfall',
    message:
      `the seed has fewer than half of the rows wanted: ${named.join(', ')}${more}. Look at the rejected rows; resume ` +
      'with choice "accept" to go on with what there is, or fork the job with other prompts or another model.',
    samples: [],
    choices: [ACCEPT],
  };
}

type Fate = { readonly block: Block } | { readonly discard: boolean; readonly warning?: string };

/** What becomes of the round. The seed cannot be discarded: nothing would be left. */
function fateOf(
  context: Context,
  params: ErrorExtrapolationParams,
  place: Place,
  artefacts: RoundArtefacts,
): Fate {
  if (!artefacts.over) return { discard: false };
  const isSeed = (place.round ?? 0) === 0;
  if (params.onArtefact === 'discard' && !isSeed) return { discard: true, warning: artefacts.message };
  if (params.onArtefact === 'warn' || place.arm !== 'main')
    return { discard: false, warning: artefacts.message };
  const choice = context.choice('artefact');
  if (choice === ACCEPT) return { discard: false, warning: artefacts.message };
  if (!isSeed && (choice === DISCARD_ROUND || choice === PUBLISH)) return { discard: true };
  const choices = isSeed ? [ACCEPT] : [ACCEPT, DISCARD_ROUND, PUBLISH];
  const samples = artefacts.samples
    .slice(0, BLOCK_SAMPLES_MAX)
    .map((sample) => sample.slice(0, BLOCK_SAMPLE_CHARACTERS_MAX));
  return { block: { code: 'artefact', message: artefacts.message, samples, choices } };
}
