/** Labels that the model could hardly write. */
import type { Reader } from '../../../strategy';
import { labelCounts } from './label-sequence';
import type { ArmAt } from './round-rows';
import type { SeedMaterial } from './seed-material';
import { countSeed, LABEL_SHARE_MIN, seedRows } from './seed-waves';

export interface LackingLabel {
  /** Empty in question answering. */
  readonly label: string;
  readonly accepted: number;
  readonly wanted: number;
}

/** Those with fewer than half of the seed rows that were wanted of them, all plans together. */
export async function labelsInShortfall(
  read: Reader,
  at: ArmAt,
  material: Pick<SeedMaterial, 'params' | 'labels' | 'shares'>,
): Promise<LackingLabel[]> {
  const { accepted } = await countSeed(read, at, material.labels);
  const targets = labelCounts(material.shares, seedRows(material));
  return material.labels
    .map((label, index) => ({ label, accepted: accepted[index] ?? 0, wanted: targets[index] ?? 0 }))
    .filter((one) => one.accepted < LABEL_SHARE_MIN * one.wanted);
}
