/** The work that is measured: one prompt of a usual size, asked as often as a run needs. */

export const CONTENT =
  'Write a short review of a copper kettle in the voice of a retired sailor who has travelled widely, ' +
  'speaks plainly, dislikes exaggeration and likes to compare things with what he has seen in harbours. ' +
  'Mention one advantage and one disadvantage, and end with a sentence that says who should buy it.';
export const REQUEST = { temperature: 1, top_p: 1, max_tokens: 1_024 };
/** A job's input; each row is asked for as many samples as the run needs. */
const INPUT_ROWS = 100;
const INPUT_ROWS_MAX = 1_000;
const SAMPLES_MAX = 1_000;

/** Calls in whole hundreds, at least `wanted`. */
export const wholeCalls = (wanted) => Math.ceil(wanted / INPUT_ROWS) * INPUT_ROWS;

/**
 * A job of `calls` calls. A new template for every run, so that nothing is reused from the ledger.
 * @param more further members of the body, `params` among them
 */
export function jobOf({ name, calls, model = 'mine/m', params, ...more }) {
  const rows = calls / INPUT_ROWS > SAMPLES_MAX ? INPUT_ROWS_MAX : INPUT_ROWS;
  return {
    strategy: 'prompt-template',
    params: { template: `${name} {row} ${CONTENT}`, samples: calls / rows, ...params },
    inputs: { rows: Array.from({ length: rows }, (_, row) => ({ row: String(row) })) },
    models: { generator: model },
    ...more,
  };
}

/** The same work for a program that reads one request a line. */
export function* requestLines(name, calls) {
  for (let id = 0; id < calls; id += 1) {
    const content = `${name} ${id % INPUT_ROWS} ${CONTENT}`;
    yield JSON.stringify({
      id,
      request: { model: 'm', messages: [{ role: 'user', content }], ...REQUEST, seed: id },
    });
  }
}
