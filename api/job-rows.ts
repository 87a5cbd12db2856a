import { z } from 'zod';
import type { Reply } from '../core/calls';
import { ROW_ANSWER_CHARACTERS_MAX, ROWS_WITH_ANSWERS_MAX } from '../core/story/limits';
import { OUTCOME_STATES } from '../core/story/vocabulary';
import { readAnswers } from '../infra/database/answers';
import { readJob } from '../infra/database/jobs';
import { callKeysOf, listOutcomes, type OutcomeRow, recordOf, type RowCursor } from '../infra/database/rows';
import { type Api, type ApiContext, TENANT } from './context';
import { limitSchema, readCursor, writeCursor } from './cursor';
import { jobParams } from './jobs';

export const placeSchema = z.object({ stage: z.string(), plan: z.number(), position: z.number() });
const answerSchema = z.object({
  text: z.string().describe(`its first ${ROW_ANSWER_CHARACTERS_MAX} characters`),
  finish: z.string(),
  callKey: z.string(),
});
const rowSchema = z.object({
  stage: z.string(),
  plan: z.int(),
  position: z.int(),
  key: z.string(),
  outcome: z.enum(OUTCOME_STATES),
  reason: z.string().optional(),
  detail: z.string().optional(),
  record: z.unknown().optional(),
  answers: z.array(answerSchema).optional(),
  calls: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  costUsd: z.number(),
  at: z.string(),
});
export type RowView = z.infer<typeof rowSchema>;

export function jobRowRoutes(app: Api, context: ApiContext): void {
  app.get(
    '/jobs/:id/rows',
    {
      schema: {
        tags: ['results'],
        summary: 'Rows that have ended, by stage, outcome and reason',
        description: `answers=true adds what the model said to rejected and failed rows, oldest answer first, and gives at most ${ROWS_WITH_ANSWERS_MAX} rows a page.`,
        params: jobParams,
        querystring: z.object({
          stage: z.string().optional(),
          outcome: z.enum(OUTCOME_STATES).optional(),
          reason: z.string().optional(),
          key: z.string().optional(),
          answers: z.stringbool().default(false),
          limit: limitSchema,
          cursor: z.string().optional(),
        }),
        response: { 200: z.object({ rows: z.array(rowSchema), next: z.string().optional() }) },
      },
    },
    async (request) => {
      const { stage, outcome, reason, key, answers, cursor } = request.query;
      const job = await readJob(context.db, TENANT, request.params.id);
      const filter = {
        ...(stage ? { stage } : {}),
        ...(outcome ? { outcome } : {}),
        ...(reason ? { reason } : {}),
        ...(key ? { key } : {}),
      };
      const limit = answers ? Math.min(request.query.limit, ROWS_WITH_ANSWERS_MAX) : request.query.limit;
      const after = readCursor(cursor, placeSchema);
      const rows = await listOutcomes(context.db, TENANT, job.id, filter, after, limit);
      const said = answers ? await answersOf(context, rows) : undefined;
      return { rows: rows.map((row) => viewRow(row, said)), ...nextOf(rows, limit) };
    },
  );
}

/** What the model said of rows that nobody uses: accepted ones show their record instead. */
function answersOf({ db }: ApiContext, rows: readonly OutcomeRow[]): Promise<ReadonlyMap<string, Reply>> {
  const lost = rows.filter(({ state }) => state !== 'accepted');
  return readAnswers(db, TENANT, [...new Set(lost.flatMap(callKeysOf))]);
}

function viewRow(row: OutcomeRow, said: ReadonlyMap<string, Reply> | undefined): RowView {
  const record = recordOf(row);
  const answers = said && row.state !== 'accepted' ? viewAnswers(row, said) : undefined;
  return {
    stage: row.stage,
    plan: row.plan,
    position: row.position,
    key: row.row_key,
    outcome: row.state,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.detail === null ? {} : { detail: row.detail }),
    ...(record === undefined ? {} : { record }),
    ...(answers === undefined ? {} : { answers }),
    calls: row.calls,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    costUsd: row.cost_usd,
    at: new Date(row.at).toISOString(),
  };
}

function viewAnswers(row: OutcomeRow, said: ReadonlyMap<string, Reply>) {
  return callKeysOf(row).flatMap((callKey) => {
    const reply = said.get(callKey);
    if (reply === undefined) return [];
    return [{ text: reply.text.slice(0, ROW_ANSWER_CHARACTERS_MAX), finish: reply.finish, callKey }];
  });
}

function placeOf({ stage, plan, position }: OutcomeRow): RowCursor {
  return { stage, plan, position };
}

/** A full page may have a successor; the last one may turn out to be empty. */
export function nextOf(rows: readonly OutcomeRow[], limit: number): { next?: string } {
  const last = rows.at(-1);
  return last && rows.length === limit ? { next: writeCursor(placeOf(last)) } : {};
}
