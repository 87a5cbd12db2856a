/** How well predicted labels meet gold ones. Shares in [0, 1]; 0 where there is nothing to score. */

interface LabelCounts {
  gold: number;
  predicted: number;
  both: number;
}

export function accuracy(gold: readonly string[], predicted: readonly string[]): number {
  assertSameLength(gold, predicted);
  if (gold.length === 0) return 0;
  return gold.filter((label, index) => label === predicted[index]).length / gold.length;
}

/** Mean F1 over every label that occurs on either side. */
export function macroF1(gold: readonly string[], predicted: readonly string[]): number {
  const counts = [...countLabels(gold, predicted).values()];
  return mean(counts.map((label) => (2 * label.both) / (label.gold + label.predicted)));
}

/** Mean recall over the labels of gold: chance is 1 / labels, however uneven they are. */
export function balancedAccuracy(gold: readonly string[], predicted: readonly string[]): number {
  const counts = [...countLabels(gold, predicted).values()].filter((label) => label.gold > 0);
  return mean(counts.map((label) => label.both / label.gold));
}

function countLabels(gold: readonly string[], predicted: readonly string[]): Map<string, LabelCounts> {
  assertSameLength(gold, predicted);
  const counts = new Map<string, LabelCounts>();
  const countsOf = (label: string): LabelCounts => {
    const known = counts.get(label) ?? { gold: 0, predicted: 0, both: 0 };
    counts.set(label, known);
    return known;
  };
  gold.forEach((label, index) => {
    countsOf(label).gold += 1;
    countsOf(predicted[index]!).predicted += 1;
    if (label === predicted[index]) countsOf(label).both += 1;
  });
  return counts;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function assertSameLength(gold: readonly string[], predicted: readonly string[]): void {
  if (gold.length !== predicted.length)
    throw new Error(`expected as many predictions as gold labels (${gold.length}), got ${predicted.length}`);
}
