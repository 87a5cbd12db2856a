import type { Json } from '../core/json';
import { PLAN_ROWS_MAX } from '../core/story/limits';
import type { RowCounts } from '../core/story/vocabulary';
import type { Outcome, PlannedRow } from '../core/strategy';
import { HashCounts } from '../core/hash-counts';
import { hashJson } from '../core/hash';
import { type StoredRow, writePlan } from '../infra/artifacts/plan';
import { Spool } from '../infra/artifacts/spool';
import { closeStage, countsOf, findStage, insertStage, type StageKey } from '../infra/database/stages';
import { type DecidedRow, removeUnfinishedStage, writeOutcomes } from '../infra/database/write-outcomes';
import type { ActivityDeps } from './deps';

/** Outcomes in one transaction: other writers wait that long. */
const OUTCOMES_AT_ONCE = 1_000;
/** Hex digits of a key's hash by which equal keys are found. */
const HASH_DIGITS = 16;

interface Declared {
  readonly row: StoredRow;
  readonly outcome: Outcome;
}

/** The rows of a transform: kept aside until it is known that nothing blocks, then written as plan and outcomes. */
export class DeclaredRows {
  readonly #spool = new Spool<Declared>();
  readonly #keys = new HashCounts();

  constructor(
    private readonly deps: Pick<ActivityDeps, 'db' | 'artifacts'>,
    private readonly key: StageKey,
  ) {}

  get none(): boolean {
    return this.#spool.items === 0;
  }

  readonly declare = async (planned: PlannedRow, outcome: Outcome): Promise<void> => {
    const { stage } = this.key;
    const position = this.#spool.items;
    if (position >= PLAN_ROWS_MAX)
      throw new RangeError(`stage ${stage} declares more than ${PLAN_ROWS_MAX} rows`);
    if (this.#keys.add(hashJson(planned.key).slice(0, HASH_DIGITS)) > 0)
      throw new TypeError(`stage ${stage} declares the row "${planned.key}" twice`);
    await this.#spool.append({ row: { ...planned, position, draw: 0 }, outcome });
  };

  /** @returns the stage's counts */
  async record(version: string, facts: Readonly<Record<string, Json>>): Promise<RowCounts> {
    const { db, artifacts } = this.deps;
    const { manifest, planned } = await writePlan(artifacts, this.#rows());
    const begun = await findStage(db, this.key);
    // Begun by code that declared other rows; nobody has read an unfinished stage.
    if (begun && begun.manifest !== manifest) await removeUnfinishedStage(db, this.key);
    await insertStage(db, this.key, { kind: 'transform', manifest, version, planned });
    let page: DecidedRow[] = [];
    const flush = async () => {
      if (page.length > 0) await writeOutcomes(db, this.key, page);
      page = [];
    };
    for await (const declared of this.#spool.read()) {
      page.push(decided(declared));
      if (page.length === OUTCOMES_AT_ONCE) await flush();
    }
    await flush();
    if (!(await closeStage(db, this.key, facts)))
      throw new Error(`stage ${this.key.stage} has rows without an outcome`);
    return countsOf((await findStage(db, this.key))!);
  }

  async remove(): Promise<void> {
    await this.#spool.remove();
  }

  async *#rows(): AsyncIterable<StoredRow> {
    for await (const { row } of this.#spool.read()) yield row;
  }
}

function decided({ row: { position, key }, outcome }: Declared): DecidedRow {
  const place = { position, version: 0, key };
  if (outcome.state === 'accepted') {
    const { record, tokens } = outcome;
    return { ...place, state: 'accepted', record, ...(tokens === undefined ? {} : { tokens }) };
  }
  const { reason, detail } = outcome;
  return { ...place, state: 'rejected', reason, ...(detail === undefined ? {} : { detail }) };
}
