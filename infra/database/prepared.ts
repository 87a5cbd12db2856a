/**
 * Statements of the hot path, written once: building a query anew for every group costs more than running it. Their
 * texts come in few sizes, so that the database keeps them prepared.
 */
import { CompiledQuery, type Transaction } from 'kysely';
import type { Dialect } from './migrations';
import type { Tables } from './schema';

/** Rows of one insert: groups are cut into powers of two. */
const INSERT_ROWS_MAX = 64;

/** SQL for one dialect, with `?` for parameters. */
export class Prepared<Row = unknown> {
  readonly #sql: string;

  constructor(dialect: Dialect, sql: string) {
    this.#sql = dialect === 'sqlite' ? sql : numbered(sql);
  }

  async run(tx: Transaction<Tables>, parameters: readonly unknown[]): Promise<readonly Row[]> {
    const { rows } = await tx.executeQuery<Row>(CompiledQuery.raw(this.#sql, parameters as unknown[]));
    return rows;
  }
}

function numbered(sql: string): string {
  let at = 0;
  return sql.replace(/\?/g, () => `$${(at += 1)}`);
}

/** Inserts of many rows into one table; `tail` is what follows the values. */
export class PreparedInsert<Columns extends readonly string[], Row> {
  readonly #bySize = new Map<number, Prepared<Row>>();

  constructor(
    private readonly dialect: Dialect,
    private readonly table: keyof Tables,
    private readonly columns: Columns,
    private readonly tail: string,
  ) {}

  /** @param rows values in the order of the columns. @returns what `returning` gave for all of them */
  async run(
    tx: Transaction<Tables>,
    rows: readonly { readonly [K in keyof Columns]: unknown }[],
  ): Promise<Row[]> {
    const given: Row[] = [];
    for (let from = 0; from < rows.length;) {
      const size = 2 ** Math.floor(Math.log2(Math.min(rows.length - from, INSERT_ROWS_MAX)));
      const parameters: unknown[] = [];
      for (let at = from; at < from + size; at += 1) parameters.push(...rows[at]!);
      for (const row of await this.#ofSize(size).run(tx, parameters)) given.push(row);
      from += size;
    }
    return given;
  }

  #ofSize(size: number): Prepared<Row> {
    const known = this.#bySize.get(size);
    if (known) return known;
    const one = `(${this.columns.map(() => '?').join(', ')})`;
    const values = Array.from({ length: size }, () => one).join(', ');
    const sql = `insert into ${this.table} (${this.columns.join(', ')}) values ${values} ${this.tail}`;
    const prepared = new Prepared<Row>(this.dialect, sql);
    this.#bySize.set(size, prepared);
    return prepared;
  }
}

/** One of a set of statements for a list: `text` gets as many `?` as the next power of two, and the list repeats its last. */
export class PreparedList<Row> {
  readonly #bySize = new Map<number, Prepared<Row>>();

  constructor(
    private readonly dialect: Dialect,
    private readonly text: (list: string) => string,
  ) {}

  run(
    tx: Transaction<Tables>,
    list: readonly unknown[],
    before: readonly unknown[] = [],
  ): Promise<readonly Row[]> {
    const size = 2 ** Math.ceil(Math.log2(list.length));
    const known =
      this.#bySize.get(size) ?? new Prepared<Row>(this.dialect, this.text(Array(size).fill('?').join(', ')));
    this.#bySize.set(size, known);
    const padded = [...list, ...Array<unknown>(size - list.length).fill(list.at(-1))];
    return known.run(tx, [...before, ...padded]);
  }
}

/** One set of statements for each dialect. */
export function perDialect<T>(make: (dialect: Dialect) => T): (dialect: Dialect) => T {
  const made = new Map<Dialect, T>();
  return (dialect) => {
    const known = made.get(dialect) ?? make(dialect);
    made.set(dialect, known);
    return known;
  };
}
