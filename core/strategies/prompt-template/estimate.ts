import type { InputSize, Pilot, StageEstimate } from '../../strategy';
import { BYTES_PER_TOKEN } from '../../text/tokens';
import { GENERATE } from './story';
import type { PromptTemplateParams } from './params';

/** An answer that is not the JSON asked for is asked for once more. */
const CALLS_PER_STRUCTURED_ROW_MAX = 2;
/** Answers are seldom shorter than this share of their limit, and seldom longer than the limit. */
const SHORT_ANSWER_SHARE = 0.1;
/** Chat formats add some tokens to every message. */
const TOKENS_AROUND = 20;

export function estimate(
  params: PromptTemplateParams,
  inputs: Readonly<Record<string, InputSize>>,
): StageEstimate[] {
  const { items, characters } = inputs.rows ?? { items: 0, characters: 0 };
  const rows = items * params.samples;
  const again = params.jsonSchema === undefined ? 1 : CALLS_PER_STRUCTURED_ROW_MAX;
  const fixed = params.template.length + (params.system?.length ?? 0) + schemaCharacters(params);
  // Rows may hold fields that the template does not name.
  const low = Math.ceil((rows * fixed) / BYTES_PER_TOKEN);
  const high =
    Math.ceil((rows * fixed + characters * params.samples) / BYTES_PER_TOKEN) + rows * TOKENS_AROUND;
  const answers = rows * params.completionTokensMax;
  return [
    {
      stage: GENERATE,
      role: 'generator',
      rows: { low: rows, high: rows },
      calls: { low: rows, high: rows * again },
      inputTokens: { low, high: (high + (again - 1) * answers) * again },
      outputTokens: { low: Math.ceil(answers * SHORT_ANSWER_SHARE), high: answers * again },
    },
  ];
}

/** The first rows of the table, each with all its samples: the real job finds their answers in the ledger. */
export function pilot(params: PromptTemplateParams, rows: number): Pilot<PromptTemplateParams> {
  return { params, items: { rows: Math.max(1, Math.floor(rows / params.samples)) } };
}

const schemaCharacters = ({ jsonSchema }: PromptTemplateParams): number =>
  jsonSchema === undefined ? 0 : JSON.stringify(jsonSchema).length;
