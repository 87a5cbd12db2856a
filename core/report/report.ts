/** The report as data: `report.json` is this value; `report.html` and the dataset card are renderings of it. */
import type { JobState, RowCounts } from '../story/vocabulary';
import type { ChartBlock } from './chart';

export type SectionBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'facts'; readonly facts: Readonly<Record<string, string | number>> }
  | {
      readonly type: 'table';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly (string | number)[])[];
    }
  | {
      readonly type: 'samples';
      readonly samples: readonly { readonly title: string; readonly text: string }[];
    }
  | ChartBlock;

export interface Section {
  readonly title: string;
  readonly blocks: readonly SectionBlock[];
}

export interface StageReport extends RowCounts {
  readonly stage: string;
  readonly title: string;
  readonly kind: 'rows' | 'transform' | 'train' | 'evaluate';
  /** By reason, most frequent first. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

export interface Report {
  readonly title: string;
  /** The one sentence a reader takes away; honest where nothing was shown. */
  readonly verdict: string;
  readonly strategy: string;
  readonly strategyVersion: number;
  readonly paper?: string;
  readonly jobId: string;
  readonly state: JobState;
  readonly seed: number;
  readonly models: Readonly<Record<string, string>>;
  readonly params: unknown;
  readonly createdAt: string;
  readonly finishedAt: string;
  readonly records: number;
  readonly datasetHash: string;
  readonly stages: readonly StageReport[];
  /** The promises, counted: planned = accepted + rejected + failed + open; calls paid, reused, repeated, in doubt. */
  readonly proof: {
    readonly rows: RowCounts;
    readonly open: number;
    readonly calls: number;
    /** Answers this job took from the ledger without paying. */
    readonly callsReused: number;
    /** Asked again after a crash because no answer had been committed; whether the first was sent, nobody knows. */
    readonly callsRepeated: number;
    readonly callsInDoubt: number;
    readonly runs: number;
    readonly balanced: boolean;
  };
  readonly cost: {
    /** null: unknown, because paid calls went to models without a price; never 0 for that. */
    readonly usd: number | null;
    /** Of the calls whose models have a price. */
    readonly usdPriced: number;
    /** At worst, of calls in doubt; null: unknown. */
    readonly usdInDoubt: number | null;
    /** Models of the job without a price. */
    readonly unpriced: readonly string[];
    /** `provider/model` → where its price comes from: `configuration`, or `list <date>`. */
    readonly pricesFrom: Readonly<Record<string, string>>;
    /** Paid calls whose tokens the provider did not say: counted here. */
    readonly callsEstimated: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly estimatedCalls?: { readonly low: number; readonly high: number };
    readonly estimatedUsd?: { readonly low: number; readonly high: number };
  };
  /** What must be known before using the data. */
  readonly notes: readonly string[];
  readonly sections: readonly Section[];
}
