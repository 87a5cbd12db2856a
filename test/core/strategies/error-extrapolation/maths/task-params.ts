import { errorExtrapolationParamsSchema } from '../../../../../core/strategies/error-extrapolation/params';
import type { ErrorExtrapolationParams } from '../../../../../core/strategies/error-extrapolation/params';

/** Parameters of a text task with the labels a and b, or of question answering. */
export function taskParams(
  params: Readonly<Record<string, unknown>> = {},
  kind: 'text' | 'extractive-qa' = 'text',
): ErrorExtrapolationParams {
  const labels = kind === 'text' ? ['a', 'b'].map((id) => ({ id, phrase: `about ${id}` })) : [];
  return errorExtrapolationParamsSchema.parse({ task: { kind, instruction: 'Tell.', labels }, ...params });
}
