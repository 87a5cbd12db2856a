/** What a job will take, before anything is known but the documents' lengths. */
import type { InputSize, Range, StageEstimate } from '../../strategy';
import { BYTES_PER_TOKEN } from '../../text/tokens';
import { pairCount, tripleCount } from '../../ranks';
import type { EntigraphParams } from './params';

const PROMPT_TOKENS = 300;
const EXTRACT_OUTPUT_TOKENS = 500;
const PAIR_OUTPUT_TOKENS = 700;
const TRIPLE_OUTPUT_TOKENS = 900;
/** Numbers of entities, and of tokens a text has, are off by about this much. */
const LOW = 0.6;
const HIGH = 1.6;
const EXTRACT_CALLS_PER_PASS_MAX = 2;

interface DocumentCost {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** One document of `tokens` in one window: its extraction and this many relations. */
export function documentCost(tokens: number, pairs: number, triples: number): DocumentCost {
  const calls = 1 + pairs + triples;
  const outputTokens = EXTRACT_OUTPUT_TOKENS + PAIR_OUTPUT_TOKENS * pairs + TRIPLE_OUTPUT_TOKENS * triples;
  return { calls, inputTokens: (tokens + PROMPT_TOKENS) * calls, outputTokens };
}

/** Entities to expect in a document, from its length alone. */
export function guessEntities(tokens: number, entitiesMax: number): number {
  return Math.min(entitiesMax, Math.max(4, Math.round(35 * Math.sqrt(tokens / 5_000))));
}

export function estimateEntigraph(
  params: EntigraphParams,
  inputs: Readonly<Record<string, InputSize>>,
): readonly StageEstimate[] {
  const { items = 0, characters = 0 } = inputs['documents'] ?? {};
  if (items === 0) return [];
  const sourceTokens = Math.ceil(characters / BYTES_PER_TOKEN);
  const tokens = sourceTokens / items;
  const step = params.windowTokensMax - params.windowOverlapTokens;
  const windows = items * Math.max(1, Math.ceil((tokens - params.windowOverlapTokens) / step));
  const windowTokens = Math.min(tokens, params.windowTokensMax) + PROMPT_TOKENS;
  const passes = params.entitySource === 'text' ? 0 : windows * params.entityPasses;
  const extractCalls = { low: passes, high: passes * EXTRACT_CALLS_PER_PASS_MAX };
  const relate = relateEstimate(params, items, tokens, sourceTokens);
  return [
    {
      stage: 'extract',
      calls: extractCalls,
      inputTokens: times(extractCalls, windowTokens),
      outputTokens: {
        low: Math.ceil(LOW * EXTRACT_OUTPUT_TOKENS * passes),
        high: Math.ceil(HIGH * EXTRACT_OUTPUT_TOKENS * extractCalls.high),
      },
    },
    {
      stage: 'entigraph',
      calls: relate.calls,
      inputTokens: times(relate.calls, windowTokens),
      outputTokens: relate.outputTokens,
    },
  ];
}

function times({ low, high }: Range, factor: number): Range {
  return { low: Math.ceil(low * factor), high: Math.ceil(high * factor) };
}

function relateEstimate(
  params: EntigraphParams,
  items: number,
  tokens: number,
  sourceTokens: number,
): { calls: Range; outputTokens: Range } {
  const entities = guessEntities(tokens, params.entitiesMax);
  const units = (count: number): { pairs: number; triples: number } => ({
    pairs: items * params.samplesPerTupleMax * pairCount(count),
    triples: params.tupleSizes.length === 2 ? items * params.samplesPerTupleMax * tripleCount(count) : 0,
  });
  const few = units(Math.round(entities * LOW));
  const many = units(Math.min(params.entitiesMax, Math.round(entities * HIGH)));
  const perPair = Math.min(PAIR_OUTPUT_TOKENS, params.completionTokensMax);
  const perTriple = Math.min(TRIPLE_OUTPUT_TOKENS, params.completionTokensMax);
  const { target } = params;
  if (target.calls !== undefined) {
    const calls = {
      low: Math.min(target.calls, few.pairs + few.triples),
      high: Math.min(target.calls, many.pairs + many.triples),
    };
    return {
      calls,
      outputTokens: { low: Math.ceil(calls.low * perPair * LOW), high: calls.high * perTriple },
    };
  }
  const wanted = target.tokens ?? Math.ceil((target.sourceMultiple ?? 0) * sourceTokens);
  const callsFor = ({ pairs, triples }: { pairs: number; triples: number }, factor: number): number => {
    const byPairs = Math.min(pairs, Math.ceil((factor * wanted) / perPair));
    const rest = Math.max(0, factor * wanted - byPairs * perPair);
    return byPairs + Math.min(triples, Math.ceil(rest / perTriple));
  };
  const calls = { low: callsFor(few, LOW), high: callsFor(many, HIGH) };
  return {
    calls,
    outputTokens: {
      low: Math.ceil(calls.low * perPair * LOW),
      high: Math.min(calls.high * perTriple, Math.ceil(HIGH * wanted * HIGH)),
    },
  };
}
