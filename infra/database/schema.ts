/** The ledger's tables as Kysely sees them. Times are milliseconds since 1970; flags are 0 or 1; `json` columns are text. */
import type { Generated } from 'kysely';
import type { JobState, OutcomeState } from '../../core/story/vocabulary';

interface JobTable {
  tenant: string;
  id: string;
  strategy: string;
  model: string;
  state: JobState;
  /** {@link FrozenJob} as JSON; never changes. */
  frozen: string;
  stage: string | null;
  /** {@link Block} as JSON while the job is blocked. */
  block: string | null;
  /** Why it failed, or what Temporal is waiting for. */
  problem: string | null;
  /** Terminal summary as JSON: the job stays readable when Temporal's history has expired. */
  summary: string | null;
  /** The job this one was forked from. */
  forked_from: string | null;
  /** 1 once the workflow's start is known to have reached Temporal. */
  started: number;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  updated_at: number;
}

interface ControlTable {
  tenant: string;
  job: string;
  /** Raised by every new run; batches of older epochs stop. */
  epoch: number;
  /** Temporal's id of the run that holds the epoch. */
  run_id: string | null;
  paused: number;
  /** 1 when the job is to end without finishing its rows. */
  ending: number;
  concurrency: number;
  priority: number;
}

interface BudgetTable {
  tenant: string;
  job: string;
  calls_max: number | null;
  tokens_max: number | null;
  usd_max: number | null;
  calls_spent: number;
  tokens_spent: number;
  usd_spent: number;
  calls_reserved: number;
  tokens_reserved: number;
  usd_reserved: number;
  /** Sent, and nobody knows whether the provider charged for it. */
  calls_in_doubt: number;
  tokens_in_doubt: number;
  usd_in_doubt: number;
  input_tokens: number;
  output_tokens: number;
  /** Answers taken from the ledger without a call. */
  calls_reused: number;
  /** Sent again after a crash, because the first answer had not been committed. */
  calls_repeated: number;
  /** Paid calls whose usage the provider did not say: counted by tokenizer. */
  calls_estimated: Generated<number>;
  /** Paid calls of models without a price: their dollars are unknown. */
  calls_unpriced: Generated<number>;
}

interface StageTable {
  tenant: string;
  job: string;
  stage: string;
  plan: number;
  kind: 'rows' | 'transform' | 'train' | 'evaluate';
  state: 'planned' | 'finished';
  /** SHA-256 of the plan's manifest. */
  manifest: string | null;
  /** What the plan was written by: strategy version and a hash of the prompts in force. */
  version: string;
  planned: number;
  accepted: number;
  rejected: number;
  failed: number;
  /** Ended rows that count against `badRowShareMax`. */
  bad: number;
  facts: string;
  started_at: number;
  finished_at: number | null;
}

interface CallTable {
  tenant: string;
  key: string;
  state: 'claimed' | 'answered';
  /** While claimed: the lease of the batch that sends it. */
  lease: string | null;
  /** The job that pays, or paid. */
  job: string;
  provider: string;
  model: string;
  reserved_tokens: number;
  reserved_usd: number;
  /** Compressed {@link Reply}. */
  response: Uint8Array | null;
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
  cost_usd: number;
  latency_ms: number;
  request_id: string | null;
  /** 1 when the provider gave no usage and its tokens were counted here. */
  estimated: Generated<number>;
  at: number;
}

/** A batch at work. Calls claimed and money reserved hang on it: when it dies, they are in doubt and may be taken over. */
interface LeaseTable {
  tenant: string;
  id: string;
  job: string;
  epoch: number;
  stage: string;
  plan: number;
  from_row: number;
  /** The process that drives it: a job's concurrency is shared by the processes that hold leases of it. */
  worker: Generated<string>;
  expires_at: number;
}

interface OutcomeTable {
  tenant: string;
  job: string;
  stage: string;
  plan: number;
  position: number;
  version: number;
  row_key: string;
  state: OutcomeState;
  reason: string | null;
  detail: string | null;
  /** Compressed JSON of an accepted row's record. */
  record: Uint8Array | null;
  /** Tokens of the record, where the strategy counts them. */
  record_tokens: number;
  /** Comma-separated ledger keys of the calls behind it, in order. */
  call_keys: string;
  calls: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
  /** 1 once a retry of the row has replaced it: kept for the record, counted nowhere. */
  superseded: Generated<number>;
  at: number;
}

interface ChoiceTable {
  tenant: string;
  job: string;
  stage: string;
  code: string;
  choice: string;
  at: number;
}

interface IdempotencyTable {
  tenant: string;
  key: string;
  body_hash: string;
  job: string;
  at: number;
}

interface FileTable {
  tenant: string;
  id: string;
  name: string;
  sha256: string;
  bytes: number;
  at: number;
}

interface ArtifactTable {
  tenant: string;
  job: string;
  /** `<stage>/<collection>`, `<stage>.<plan>/plan`, `publish/dataset.jsonl` … */
  name: string;
  sha256: string;
  /** Of a collection: SHA-256 of its offset index. */
  index_sha256: string | null;
  bytes: number;
  items: number;
  at: number;
}

/** Provider batches: intent is written before anything is submitted. */
interface BatchTable {
  tenant: string;
  id: string;
  job: string;
  chunk_hash: string;
  provider: string;
  model: string;
  remote_id: string | null;
  state: string;
  data: string;
  at: number;
}

interface EventTable {
  tenant: string;
  seq: Generated<number>;
  job: string;
  at: number;
  kind: string;
  data: string;
}

interface LimiterTable {
  tenant: string;
  provider: string;
  model: string;
  data: string;
  at: number;
}

/** Finished trainings, and those at work: a student is trained once, whichever jobs need it. */
interface TrainingTable {
  tenant: string;
  /** Hash of everything that goes in. */
  run_id: string;
  /** Who trains it; null once it is finished, or was given up. */
  holder: string | null;
  expires_at: number;
  /** How often it was begun since it last came to an end, good or bad. */
  starts: number;
  /** Of the trained student's artifact; null until it is finished. */
  sha256: string | null;
  bytes: number;
  epochs: number;
  examples: number;
  metrics: string;
  at: number;
}

export interface Tables {
  job: JobTable;
  control: ControlTable;
  budget: BudgetTable;
  stage: StageTable;
  call: CallTable;
  lease: LeaseTable;
  outcome: OutcomeTable;
  choice: ChoiceTable;
  idempotency: IdempotencyTable;
  file: FileTable;
  artifact: ArtifactTable;
  batch: BatchTable;
  event: EventTable;
  limiter: LimiterTable;
  training: TrainingTable;
}
