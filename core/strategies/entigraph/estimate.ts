/** What a job will take, before anything is known but the documents' lengths. */
import { intervalOf } from '../../measurement';
import type { InputSize, Measurements, Pilot, Range, StageEstimate } from '../../strategy';
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
/** Where answers were measured: they count as tokens of accepted text only nearly. */
const LOW_MEASURED = 0.9;
const EXTRACT_CALLS_PER_PASS_MAX = 2;
/** Documents of a pilot: some, because they differ, and few, because each must be extracted first. */
const PILOT_DOCUMENTS_MAX = 4;

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
  measured: Measurements = {},
): readonly StageEstimate[] {
  const { items = 0, characters = 0 } = inputs['documents'] ?? {};
  if (items === 0) return [];
  const sourceTokens = Math.ceil(characters / BYTES_PER_TOKEN);
  const tokens = sourceTokens / items;
  const step = params.windowTokensMax - params.windowOverlapTokens;
  const windows = items * Math.max(1, Math.ceil((tokens - params.windowOverlapTokens) / step));
  const windowTokens = Math.min(tokens, params.windowTokensMax) + PROMPT_TOKENS;
  const extracted = params.entitySource === 'text' ? 0 : windows;
  const passes = extracted * params.entityPasses;
  const extractCalls = { low: passes, high: passes * EXTRACT_CALLS_PER_PASS_MAX };
  const relate = relateEstimate(params, items, tokens, sourceTokens, measured);
  return [
    {
      stage: 'extract',
      role: 'generator',
      rows: { low: extracted, high: extracted },
      calls: extractCalls,
      inputTokens: times(extractCalls, windowTokens),
      outputTokens: {
        low: Math.ceil(LOW * EXTRACT_OUTPUT_TOKENS * passes),
        high: Math.ceil(HIGH * EXTRACT_OUTPUT_TOKENS * extractCalls.high),
      },
    },
    {
      stage: 'entigraph',
      role: 'generator',
      rows: relate.calls,
      calls: relate.calls,
      inputTokens: times(relate.calls, windowTokens),
      outputTokens: relate.outputTokens,
    },
  ];
}

function times({ low, high }: Range, factor: number): Range {
  return { low: Math.ceil(low * factor), high: Math.ceil(high * factor) };
}

/** Tokens of one call's answer: what a pilot measured, else the guesses for pairs and triples. */
interface AnswerTokens {
  readonly pair: Range;
  readonly triple: Range;
  /** Shares of the wanted tokens that calls must make: fewer where a guess may be too low, more for what is rejected. */
  readonly wanted: Range;
}

function answerTokens({ completionTokensMax }: EntigraphParams, measured: Measurements): AnswerTokens {
  const known = measured['entigraph'];
  if (known) {
    const perCall = intervalOf(known.outputTokensPerCall);
    const tokens = { low: Math.max(1, perCall.low), high: Math.max(1, perCall.high) };
    return { pair: tokens, triple: tokens, wanted: { low: LOW_MEASURED, high: HIGH } };
  }
  const same = (tokens: number): Range => ({ low: tokens, high: tokens });
  return {
    pair: same(Math.min(PAIR_OUTPUT_TOKENS, completionTokensMax)),
    triple: same(Math.min(TRIPLE_OUTPUT_TOKENS, completionTokensMax)),
    wanted: { low: LOW, high: HIGH },
  };
}

interface Units {
  readonly pairs: number;
  readonly triples: number;
}

function relateEstimate(
  params: EntigraphParams,
  items: number,
  tokens: number,
  sourceTokens: number,
  measured: Measurements,
): { calls: Range; outputTokens: Range } {
  const entities = guessEntities(tokens, params.entitiesMax);
  const units = (count: number): Units => ({
    pairs: items * params.samplesPerTupleMax * pairCount(count),
    triples: params.tupleSizes.length === 2 ? items * params.samplesPerTupleMax * tripleCount(count) : 0,
  });
  const few = units(Math.round(entities * LOW));
  const many = units(Math.min(params.entitiesMax, Math.round(entities * HIGH)));
  const answer = answerTokens(params, measured);
  const { target } = params;
  if (target.calls !== undefined) {
    const calls = {
      low: Math.min(target.calls, few.pairs + few.triples),
      high: Math.min(target.calls, many.pairs + many.triples),
    };
    return {
      calls,
      outputTokens: {
        low: Math.ceil(calls.low * answer.pair.low * LOW),
        high: Math.ceil(calls.high * answer.triple.high),
      },
    };
  }
  const wanted = target.tokens ?? Math.ceil((target.sourceMultiple ?? 0) * sourceTokens);
  const calls = {
    low: callsFor(few, answer.wanted.low * wanted, answer.pair.high, answer.triple.high),
    high: callsFor(many, answer.wanted.high * wanted, answer.pair.low, answer.triple.low),
  };
  return {
    calls,
    outputTokens: {
      low: Math.ceil(calls.low * answer.pair.low * LOW),
      high: Math.min(Math.ceil(calls.high * answer.triple.high), Math.ceil(HIGH * wanted * HIGH)),
    },
  };
}

/** Pairs first, then triples, until their answers make the wanted tokens. */
function callsFor({ pairs, triples }: Units, wanted: number, perPair: number, perTriple: number): number {
  const byPairs = Math.min(pairs, Math.ceil(wanted / perPair));
  const rest = Math.max(0, wanted - byPairs * perPair);
  return byPairs + Math.min(triples, Math.ceil(rest / perTriple));
}

/** A few documents and about so many relations. The real job asks for the same extractions, and most of the relations. */
export function pilotEntigraph(params: EntigraphParams, rows: number): Pilot<EntigraphParams> {
  const calls = Math.min(params.target.calls ?? rows, rows);
  return { params: { ...params, target: { calls } }, items: { documents: PILOT_DOCUMENTS_MAX } };
}
