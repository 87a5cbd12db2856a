/** Every cap of the product, by name. Units are last in the names. */

// Rows and plans
/** Rows in one chunk of a plan; a batch never crosses a chunk. */
export const CHUNK_ROWS = 1_000;
/** Rows one `generateBatch` activity takes. */
export const BATCH_ROWS = 500;
/** Batches of one stage scheduled at a time. Temporal's own cap is 2,000 pending activities a workflow. */
export const LANES_MAX = 64;
/** Rows of one plan; longer stages use tranches. */
export const PLAN_ROWS_MAX = 10_000_000;
/** Model calls one row may make, corrective retries and new draws included. */
export const CALLS_PER_ROW_MAX = 16;
/** Rows of one page that shows what the model answered, and how much of each answer. */
export const ROWS_WITH_ANSWERS_MAX = 100;
export const ROW_ANSWER_CHARACTERS_MAX = 4_000;
/** Rows one retry may name by key; without keys it takes all that fit. */
export const RETRY_KEYS_MAX = 10_000;

// Concurrency
/** Calls of one job in flight, over all generators, unless the job, the provider or `PATCH` says otherwise. */
export const JOB_CONCURRENCY_DEFAULT = 256;
export const JOB_CONCURRENCY_MAX = 4_096;
/** 1 is served first, 5 last. */
export const PRIORITY_DEFAULT = 3;

// Budgets: above these a cap is a slip of the hand and caps nothing.
export const BUDGET_USD_MAX = 100_000_000;
export const BUDGET_CALLS_MAX = 1_000_000_000_000;
export const BUDGET_TOKENS_MAX = 1_000_000_000_000_000;

// Payloads
/** Bytes of any one payload in a workflow's history. */
export const PAYLOAD_BYTES_MAX = 4_096;
export const BLOCK_SAMPLES_MAX = 5;
export const BLOCK_SAMPLE_CHARACTERS_MAX = 200;
export const MESSAGE_CHARACTERS_MAX = 600;

// Times
/** A batch hands its place back after this long; the rest of its rows is scheduled again. */
export const BATCH_BUDGET_MS = 120_000;
/** A commit group is written at the latest this long after its first entry. */
export const COMMIT_WINDOW_MS = 50;
/** How long a commit is tried again while the database is away, before the batch gives its rows back. */
export const COMMIT_RETRY_MS = 30_000;
/** How old the control row a broker acts on may be. */
export const CONTROL_AGE_MS = 250;
/** A gate further away than this is slept through on a durable timer, not inside an activity. */
export const GATE_INSIDE_MS = 5_000;
/** How long a lane sleeps when its provider's gate is further away: at least, and at most before it looks again. */
export const GATE_SLEEP_MIN_MS = 1_000;
export const GATE_SLEEP_MAX_MS = 30_000;
/** A provider that answers nothing for this long blocks the job as `model-gone`. */
export const MODEL_GONE_MS = 15 * 60_000;
/** Only 5xx and socket errors from every lane for this long: the endpoint counts as dead. */
export const ENDPOINT_DEAD_MS = 10_000;
/** What a fenced batch may still wait for answers that are on their way. */
export const FENCED_DRAIN_MS = 10_000;
/** One call's deadline, from send to last byte. */
export const CALL_TIMEOUT_MS = 180_000;
/** Transport attempts of one call that count (429, 503 and 529 do not). */
export const CALL_ATTEMPTS_MAX = 7;

// Verdicts over many rows
/** A share of bad rows is judged from this many ended rows on. */
export const BAD_ROWS_JUDGED_FROM = 50;
export const BAD_ROW_SHARE_MAX_DEFAULT = 0.2;
/** A required stage blocks as `shortfall` below this share of accepted rows. */
export const SHORTFALL_SHARE_MIN = 0.05;

// Inputs
export const INLINE_ROWS_MAX = 1_000;
export const INPUT_FILES_MAX = 1_000;
export const FILE_BYTES_MAX = 2 * 1024 ** 3;
/** How much of each input `POST /v1/jobs` reads before it answers. */
export const INPUT_HEAD_BYTES = 16 * 1024 ** 2;
/** One line of a JSONL or CSV input. */
export const LINE_BYTES_MAX = 16 * 1024 ** 2;
export const BODY_BYTES_MAX = 8 * 1024 ** 2;
export const OPEN_JOBS_MAX = 1_000;

// Provider batches
/** Requests of one provider batch, and bytes of the file that holds them. */
export const PROVIDER_BATCH_REQUESTS_MAX = 10_000;
export const PROVIDER_BATCH_BYTES_MAX = 90 * 1024 ** 2;
/** Provider batches of one plan that wait for their answers at a time. */
export const PROVIDER_BATCHES_OPEN_MAX = 4;
/** Rows one activity looks through for calls that are not answered yet. */
export const PROVIDER_BATCH_SCAN_ROWS = 20_000;
/** How often a provider is asked how far a batch is: doubling from the first to the second. */
export const PROVIDER_BATCH_LOOK_FIRST_MS = 15_000;
export const PROVIDER_BATCH_LOOK_MAX_MS = 5 * 60_000;
/** Between two listings that must both be empty before a submission with an unknown end is repeated. */
export const PROVIDER_BATCH_RELIST_MS = 60_000;
/** Batches of a provider's account looked through for one of ours. */
export const PROVIDER_BATCHES_LISTED_MAX = 2_000;
/** A batch may take a day, and its cancellation; its calls stay claimed a day longer. */
export const PROVIDER_BATCH_LEASE_MS = 49 * 3_600_000;
/** One request to a provider's batch or file endpoint; files have longer. */
export const PROVIDER_BATCH_REQUEST_MS = 30_000;
export const PROVIDER_BATCH_FILE_MS = 15 * 60_000;

// Students
/** Trainings, or evaluations, of one stage. */
export const STUDENT_ROWS_MAX = 1_000;
/** Trainings of one stage scheduled at a time; how many run at once is decided by the trainers' slots. */
export const STUDENT_LANES = 16;
/** Attempts of one training or evaluation until its failure is a person's affair. */
export const STUDENT_ATTEMPTS_MAX = 3;
/** Times one training may be begun without reaching an end: it takes its process down with it. */
export const STUDENT_STARTS_MAX = 10;
/** How often a training looks whether its job is paused, ended or taken over. */
export const STUDENT_CONTROL_MS = 1_000;
/** Items of one collection that a student predicts. */
export const STUDENT_ITEMS_MAX = 1_000_000;

// Liveness
/** Temporal gives an activity up after this long without a sign of life. */
export const HEARTBEAT_TIMEOUT_MS = 10_000;
/** A batch's lease runs out a little earlier, so that the next attempt need not wait. */
export const LEASE_MS = 8_000;
/** How often a waiting row looks whether another batch has the answer it needs. */
export const ELSEWHERE_POLL_MS = 150;
/** It looks ever more rarely, up to this. */
export const ELSEWHERE_POLL_MAX_MS = 2_000;
/** A row's first back-off after a failed send; doubles, with full jitter. */
export const BACKOFF_FIRST_MS = 1_000;
export const BACKOFF_MAX_MS = 60_000;
