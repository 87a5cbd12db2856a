/** What may be claimed of a job, computed from its comparisons: the sentences stand in report and card. */

const P_MAX = 0.05;
const SEEDS_MIN = 3;
/** From here on replicates are resampled too, and cover the luck of generation. */
const REPLICATES_MIN = 3;
const TASKS_MIN = 2;

/** A difference of two arms on test, as a share. */
export interface ClaimComparison {
  readonly id: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Adjusted for the number of comparisons. */
  readonly pHolm: number;
  /** Override what holds for the job. */
  readonly matched?: boolean;
  readonly seeds?: number;
  readonly replicates?: number;
}

export interface ClaimFacts {
  /** Students a side. */
  readonly seeds: number;
  /** Both sides learned from as many rows, as far as both have any. */
  readonly matched: boolean;
  readonly replicates: number;
  readonly tasks: number;
  /** Why an arm gave nothing to compare with, where more is known than that it did not end. */
  readonly untested?: Readonly<Record<string, string>>;
}

export interface Claim {
  /** Of the comparison it rests on. */
  readonly id: string;
  readonly verdict: 'helped' | 'harmed' | 'not-shown' | 'not-tested';
  readonly scope: 'dataset' | 'task' | 'method';
  readonly sentence: string;
}

interface Subject {
  readonly id: string;
  readonly name: string;
  readonly against: string;
  readonly arm: string;
}

const SUBJECTS: readonly Subject[] = [
  {
    id: 'main-goldgen-mix',
    name: 'error targeting',
    against: 'imitating as many random gold rows',
    arm: 'goldgen-mix',
  },
  { id: 'main-gold-only', name: 'the generated data', against: 'gold rows alone', arm: 'gold-only' },
];

/** The job's two claims: whether error targeting helped, and whether the data did. */
export function claimOf(comparisons: readonly ClaimComparison[], facts: ClaimFacts): Claim[] {
  return SUBJECTS.map((subject) => {
    const comparison = comparisons.find(({ id }) => id === subject.id);
    return comparison === undefined
      ? notTested(subject, facts)
      : judged(subject, comparison, { ...facts, ...comparison });
  });
}

function notTested({ id, name, arm }: Subject, facts: ClaimFacts): Claim {
  const why = facts.untested?.[arm] ?? `the arm ${arm} did not run to its end`;
  const sentence = `Whether ${name} helped was not tested: ${why}.`;
  return { id, verdict: 'not-tested', scope: scopeOf(facts), sentence };
}

function judged(subject: Subject, comparison: ClaimComparison, facts: ClaimFacts): Claim {
  const scope = scopeOf(facts);
  const { low, high } = comparison;
  const doubts = doubtsOf(comparison, facts);
  const shown = doubts.length === 0;
  const verdict = !shown ? 'not-shown' : low > 0 ? 'helped' : 'harmed';
  const numbers = `${points(comparison.mean, true)} points (95 % CI ${points(low)} to ${points(high)}, ${probability(comparison.pHolm)})`;
  const measured = `${numbers} against ${subject.against}`;
  const sentence = shown
    ? `${capital(subject.name)} ${verdict} ${scopeWords(scope, facts)}: ${measured}.`
    : `It is not shown that ${subject.name} helped: ${measured}. ${capital(doubts.join('; '))}.`;
  return { id: subject.id, verdict, scope, sentence: [sentence, ...luckOf(facts)].join(' ') };
}

/** Why nothing is shown, neither help nor harm. */
function doubtsOf({ low, high, pHolm }: ClaimComparison, { seeds, matched }: ClaimFacts): string[] {
  const doubts: string[] = [];
  if (low <= 0 && high >= 0) doubts.push('the interval holds 0');
  if (!(pHolm < P_MAX)) doubts.push(`p is not below ${P_MAX}`);
  if (high < 0 && doubts.length === 0 && (seeds < SEEDS_MIN || !matched)) doubts.push('it rather harmed');
  if (seeds < SEEDS_MIN) doubts.push(`${count(seeds, 'student seed')}, ${SEEDS_MIN} are needed`);
  if (!matched) doubts.push('the two sides are not matched: their accepted rows differ by more than 2 %');
  return doubts;
}

function scopeOf({ replicates, tasks }: ClaimFacts): Claim['scope'] {
  if (replicates < REPLICATES_MIN) return 'dataset';
  return tasks >= TASKS_MIN ? 'method' : 'task';
}

function scopeWords(scope: Claim['scope'], { tasks }: ClaimFacts): string {
  if (scope === 'dataset') return 'for this dataset';
  return scope === 'task' ? 'on this task' : `as a method, on ${tasks} tasks`;
}

/** Student seeds say how lucky training was; only replicates say it of generation. The last words of a claim. */
export function luckOf({ replicates }: Pick<ClaimFacts, 'replicates'>): string[] {
  if (replicates >= REPLICATES_MIN) return [];
  const has = capital(count(replicates, 'replicate'));
  return [
    `${has}: the luck of generation is not covered, which takes ${REPLICATES_MIN}; this holds for this dataset only.`,
  ];
}

function count(n: number, noun: string): string {
  return `${n === 1 ? 'one' : n} ${noun}${n === 1 ? '' : 's'}`;
}

/** A share in points, with a minus sign that no font mistakes for a dash. */
function points(share: number, signed = false): string {
  const value = Number((100 * share).toFixed(2));
  const sign = value < 0 ? '−' : signed && value > 0 ? '+' : '';
  return `${sign}${Math.abs(value)}`;
}

function probability(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${Number(p.toPrecision(2))}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
