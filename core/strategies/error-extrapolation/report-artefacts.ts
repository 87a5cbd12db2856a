/** Whether the looks of new rows give their labels away, round by round. */
import type { Section, SectionBlock } from '../../report';
import type { Reader } from '../../strategy';
import type { ArtefactReport } from './artefacts';
import type { ErrorExtrapolationParams } from './params';
import { stageAt } from './place';
import type { RoundReport } from './report-read-rounds';
import { MAIN } from './report-read-rounds';
import { countOf, list, numberOf, percent, points, text } from './report-words';

/** The features with the largest gaps of their own. */
const FEATURES_SHOWN = 3;

export async function artefactsSection(
  read: Reader,
  { task, artefactGapMaxPoints }: ErrorExtrapolationParams,
  rounds: readonly RoundReport[],
): Promise<Section> {
  const title = 'Artefacts';
  if (task.kind === 'extractive-qa')
    return { title, blocks: [text('Answers have no labels that the looks of a question could give away.')] };
  const rows: (string | number)[][] = [];
  const warnings: string[] = [];
  for (const { round, gate } of rounds) {
    if (typeof gate['warning'] === 'string') warnings.push(`Warning: ${gate['warning']}`);
    if (numberOf(gate['artefactGap']) === undefined) continue;
    rows.push([
      String(round),
      points(gate['artefactGapBefore']),
      points(gate['artefactGap']),
      percent(gate['artefactError'], 2),
      countOf(gate['rebalanced']),
      gate['discarded'] === true ? 'yes' : 'no',
      String(gate['feature'] ?? ''),
      await featuresOf(read, round),
    ]);
  }
  if (rows.length === 0)
    return {
      title,
      blocks: [text('Not tested: fewer than two labels had rows enough for five folds.'), ...list(warnings)],
    };
  const columns = [
    'round',
    'gap before balancing, points',
    'gap, points',
    'standard error',
    'rows left out',
    'discarded',
    'look at',
    'largest gaps of single features',
  ];
  const blocks: SectionBlock[] = [
    text(
      'A model that sees only looks (quotes, marks, case, lengths, first words …) guesses labels of new rows and of mine; the ' +
        `gap is the difference in balanced accuracy. Up to ${artefactGapMaxPoints} points, or 2 standard errors, pass.`,
    ),
    ...list(warnings),
    { type: 'table', columns, rows },
  ];
  return { title, blocks };
}

async function featuresOf(read: Reader, round: number): Promise<string> {
  for await (const { features } of read.collection<ArtefactReport>(
    `${stageAt(MAIN, 'gate', round)}/artefacts`,
  ))
    return features
      .slice(0, FEATURES_SHOWN)
      .map(({ feature, gap }) => `${feature} ${points(gap)}`)
      .join(', ');
  return '';
}
