/** The rows of gold and test by content: groups that must stay together, test rows that gold repeats, texts with two labels. */
import type { LabelledRole } from './gold';
import { LINES_SHOWN_MAX, LinesProblem } from './gold-faults';
import { quoted } from './gold-fields';
import { Sets, nearPairs } from './gold-groups';
import type { Sketch } from './gold-sketch';
import { sketchOf } from './gold-sketch';
import { partsOf, textHash } from './gold-text';
import type { ErrorExtrapolationParams } from './params';
import type { GoldRow } from './records';

const OVERLAP_SAMPLES = 5;

export interface SurveyedRow {
  readonly id: string;
  /** Rows of one group never stand in two splits. */
  readonly group: string;
  readonly label?: string;
  readonly line: number;
  /** Of the row's texts, in canonical form. */
  readonly hash: string;
}
interface IndexedRow extends SurveyedRow {
  readonly role: LabelledRole;
}

export interface Conclusion {
  readonly gold: readonly SurveyedRow[];
  /** Without the rows that repeat gold. */
  readonly test: readonly SurveyedRow[];
  readonly overlap: LinesProblem | undefined;
  readonly twoLabels: string | undefined;
}

/** Rows are added gold first, then test. */
export class GoldIndex {
  private readonly rows: IndexedRow[] = [];
  private readonly sets = new Sets();
  private readonly firstOfGroup = new Map<string, number>();
  private readonly firstOfText = new Map<string, number>();
  private readonly firstOfLabelledText = new Set<string>();
  private readonly sketches: (Sketch & { readonly class: number; readonly ordinal: number })[] = [];
  private readonly repeats = new Map<number, { readonly gold: number; readonly near: boolean }>();
  private readonly classes: ReadonlyMap<string, number>;
  private twoLabels: { first: string; count: number } | undefined;
  hasTest = false;

  constructor(
    private readonly task: ErrorExtrapolationParams['task'],
    /** Absent: only equal texts count. */
    private readonly nearDuplicateMin: number | undefined,
  ) {
    this.classes = new Map(task.labels.map(({ id }, index) => [id, index]));
  }

  add(role: LabelledRole, row: GoldRow): void {
    const { id, group, label, line } = row;
    const hash = textHash(this.task.kind, row);
    const ordinal = this.sets.add();
    this.rows.push({ id, group, ...(label === undefined ? {} : { label }), line, hash, role });
    if (role === 'test') this.hasTest = true;
    this.join(this.firstOfGroup, `${role} ${group}`, ordinal);
    const twin = this.join(this.firstOfText, hash, ordinal);
    if (twin !== undefined) this.noteTwin(twin, ordinal);
    const labelled = `${hash} ${label ?? ''}`;
    if (this.nearDuplicateMin === undefined || this.firstOfLabelledText.has(labelled)) return;
    this.firstOfLabelledText.add(labelled);
    const text = partsOf(this.task.kind, row).join('\n');
    this.sketches.push({ ...sketchOf(text), class: this.classes.get(label ?? '') ?? 0, ordinal });
  }

  conclude(): Conclusion {
    if (this.nearDuplicateMin !== undefined) this.joinNear(this.nearDuplicateMin);
    const kept = (role: LabelledRole): SurveyedRow[] =>
      this.rows.flatMap(({ role: of, ...row }, ordinal) =>
        of !== role || this.repeats.has(ordinal)
          ? []
          : [{ ...row, group: this.rows[this.sets.rootOf(ordinal)]?.group ?? row.group }],
      );
    return { gold: kept('gold'), test: kept('test'), overlap: this.overlap(), twoLabels: this.warning() };
  }

  /** The ordinal that was first under the key, where it is another. */
  private join(first: Map<string, number>, key: string, ordinal: number): number | undefined {
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, ordinal);
    else this.unite(earlier, ordinal);
    return earlier;
  }

  /** Gold and test are two inputs: a row of one never names a group of the other. */
  private unite(a: number, b: number): void {
    if (this.rows[a]?.role === this.rows[b]?.role) this.sets.unite(a, b);
  }

  private noteTwin(twin: number, ordinal: number): void {
    const [first, second] = [this.rows[twin], this.rows[ordinal]];
    if (first === undefined || second === undefined) return;
    if (first.role !== second.role) {
      this.repeats.set(ordinal, { gold: twin, near: false });
      return;
    }
    if (first.label === second.label || first.label === undefined || second.label === undefined) return;
    const place = first.role === 'test' ? 'Test lines' : 'Lines';
    const labels = `${quoted(first.label)} and ${quoted(second.label)}`;
    this.twoLabels ??= {
      first: `${place} ${first.line} and ${second.line} hold one text with the labels ${labels}`,
      count: 0,
    };
    this.twoLabels.count += 1;
  }

  private joinNear(jaccardMin: number): void {
    const ordinalOf = (index: number): number => this.sketches[index]!.ordinal;
    const isTest = (ordinal: number): boolean => this.rows[ordinal]?.role === 'test';
    nearPairs(
      this.sketches,
      jaccardMin,
      (earlier, later) => {
        const [a, b] = [ordinalOf(earlier), ordinalOf(later)];
        if (isTest(a) === isTest(b)) this.sets.unite(a, b);
        else this.repeats.set(b, { gold: a, near: true });
      },
      (earlier, later) => {
        const [a, b] = [ordinalOf(earlier), ordinalOf(later)];
        return isTest(a) === isTest(b) ? this.sets.rootOf(a) === this.sets.rootOf(b) : this.repeats.has(b);
      },
    );
  }

  private overlap(): LinesProblem | undefined {
    if (this.repeats.size === 0) return undefined;
    const pairs = [...this.repeats].sort(([a], [b]) => a - b);
    const samples = pairs.slice(0, OVERLAP_SAMPLES).map(([ordinal, { gold, near }]) => {
      const lines = [ordinal, gold].map((row) => this.rows[row]?.line);
      return `test line ${lines[0]} ${near ? '~' : '='} gold line ${lines[1]}`;
    });
    const rows = pairs.length === 1 ? '1 test row repeats' : `${pairs.length} test rows repeat`;
    return new LinesProblem('test-overlap', `${rows} gold (${samples[0]}).`, {
      lines: pairs.slice(0, LINES_SHOWN_MAX).map(([ordinal]) => this.rows[ordinal]?.line ?? 0),
      count: pairs.length,
      samples,
    });
  }

  private warning(): string | undefined {
    if (this.twoLabels === undefined) return undefined;
    const { first, count } = this.twoLabels;
    return `${first}${count === 1 ? '' : `; ${count} rows in all are like that`}. They stay together and count as suspected noise.`;
  }
}
