/** Faults that can be told before anything is spent. */
import { Problem } from '../../problem';
import type { CheckContext } from '../../strategy';
import { estimateTokens } from '../../text/tokens';
import { DocumentIds, readDocument } from './documents';
import { EXTRACT_TOKENS_FACTOR, PROMPT_OVERHEAD_TOKENS, SUMMARIES_TOKENS_MAX } from './prompts';
import type { EntigraphParams } from './params';

/** The first faults of each kind are shown; the rest would only bury them. */
const PROBLEMS_PER_CODE_MAX = 5;
const DOCUMENTS_MAX = 100_000;

export async function checkEntigraph(context: CheckContext<EntigraphParams>): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const counts = new Map<string, number>();
  const add = (problem: Problem): void => {
    const count = counts.get(problem.code) ?? 0;
    counts.set(problem.code, count + 1);
    if (count < PROBLEMS_PER_CODE_MAX) problems.push(problem);
  };
  const ids = new DocumentIds();
  let documents = 0;
  let longestTokens = 0;
  for await (const item of context.read.input('documents')) {
    documents += 1;
    const document = readDocument(item);
    const problem = document instanceof Problem ? document : ids.add(document, item);
    if (problem !== undefined) add(problem);
    if (!(document instanceof Problem))
      longestTokens = Math.max(longestTokens, estimateTokens(document.text));
  }
  if (documents === 0)
    add(
      new Problem(
        'documents-invalid',
        'inputs.documents: expected at least one document, got none',
        'inputs.documents',
      ),
    );
  if (documents > DOCUMENTS_MAX) {
    const message = `inputs.documents: expected at most ${DOCUMENTS_MAX} documents, got ${documents}. Split them into several jobs.`;
    add(new Problem('documents-invalid', message, 'inputs.documents'));
  }
  const unfit = modelUnfit(context, longestTokens);
  if (unfit !== undefined) add(unfit);
  return problems;
}

/** The longest prompt plus its answer, by estimate, against the generator's context. */
export function promptTokensMax(params: EntigraphParams, longestTokens: number): number {
  const window = Math.min(params.windowTokensMax, longestTokens);
  const crosses = params.crossWindow && longestTokens > params.windowTokensMax;
  const relate = (crosses ? 2 * window + SUMMARIES_TOKENS_MAX : window) + params.completionTokensMax;
  const extract = window + params.completionTokensMax * EXTRACT_TOKENS_FACTOR;
  return PROMPT_OVERHEAD_TOKENS + Math.max(relate, params.entitySource === 'text' ? 0 : extract);
}

function modelUnfit(
  { params, models }: CheckContext<EntigraphParams>,
  longestTokens: number,
): Problem | undefined {
  const model = models['generator'];
  const need = promptTokensMax(params, longestTokens);
  if (model === undefined || need <= model.contextTokens) return undefined;
  const message =
    `${model.name}: prompts and answers need about ${need} tokens of context, the model has ${model.contextTokens}. ` +
    'Lower params.windowTokensMax or params.completionTokensMax, or switch params.crossWindow off.';
  return new Problem('model-unfit', message, 'models.generator');
}
