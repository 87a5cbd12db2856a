/**
 * Charts as data: a strategy says what there is to see, and the report decides how it looks. `report.json` keeps these
 * values, the page draws them beside a table of the same numbers, the card shows the table.
 */

/** `share`: numbers of which 1 is the whole; they are shown in percent. */
export interface ChartAxis {
  readonly label: string;
  readonly format?: 'number' | 'share';
}

/** Colours that mean something on the whole page; a series without one gets the next of the palette. */
export type ChartTone = 'accepted' | 'rejected' | 'failed' | 'open';

interface Chart {
  /** What is shown, in a few words. */
  readonly title: string;
  /** What a reader should see in it, or how to read it: a sentence or two. */
  readonly caption?: string;
}

/** Values over an order: rounds, generations, sizes. */
export interface LinesChart extends Chart {
  readonly type: 'lines';
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  /** Numbers, ascending, stand in proportion; words stand side by side. */
  readonly at: readonly number[] | readonly string[];
  readonly series: readonly {
    readonly name: string;
    /** One for each of `at`; null: not measured, the line has a gap. */
    readonly values: readonly (number | null)[];
    /** Ends of an interval around each value; both or none. */
    readonly low?: readonly (number | null)[];
    readonly high?: readonly (number | null)[];
  }[];
}

/** Amounts by category, as lying bars: long names have room. */
export interface BarsChart extends Chart {
  readonly type: 'bars';
  /** What the categories are. */
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly categories: readonly string[];
  /** One bar on the other instead of side by side: for parts of a whole. */
  readonly stacked?: boolean;
  readonly series: readonly {
    readonly name: string;
    readonly tone?: ChartTone;
    /** One for each category; null: not measured. */
    readonly values: readonly (number | null)[];
  }[];
}

/** Means with their intervals, one below the other, beside a line that stands for "no effect". */
export interface ForestChart extends Chart {
  readonly type: 'forest';
  readonly x: ChartAxis;
  /** Where the line stands: 0 for differences. */
  readonly reference?: number;
  readonly rows: readonly {
    readonly label: string;
    readonly mean: number;
    readonly low: number;
    readonly high: number;
  }[];
}

/** How often values fall between edges. */
export interface HistogramChart extends Chart {
  readonly type: 'histogram';
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  /** Ascending; one more than there are counts. */
  readonly edges: readonly number[];
  /** Several are drawn over each other, for comparison. */
  readonly series: readonly { readonly name: string; readonly counts: readonly number[] }[];
}

export type ChartBlock = LinesChart | BarsChart | ForestChart | HistogramChart;
