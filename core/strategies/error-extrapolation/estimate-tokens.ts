/** Tokens of one call by the kind of its prompt: a fourth of the characters, of what is known of them before. */
import { intervalOf } from '../../measurement';
import type { InputSize, Measurements, Range, Sample } from '../../strategy';
import { BYTES_PER_TOKEN } from '../../text/tokens';
import type { ErrorExtrapolationParams } from './params';
import { placeOf } from './place';
import { USER_CHARACTERS, systemTokens, tokensOf } from './prompt-size';

export type PromptKind = 'reasons' | 'write' | 'imitate' | 'describe' | 'judge' | 'preflight';
export interface CallTokens {
  readonly input: number;
  readonly output: number;
}

/** Of a pair's characters, those of the target; a question is short whatever its context. */
const TARGET_SHARE = 0.3;
const QUESTION_TOKENS = 16;
const JSON_TOKENS = 8;
const REASONS_TOKENS = 150;
const DESCRIPTION_TOKENS = 120;
const LABEL_TOKENS = 6;
const ANSWER_TOKENS = 12;
const ERRORS_DESCRIBED = 6;
const USER_TOKENS = tokensOf(USER_CHARACTERS);
/** Guessed lengths are off by about this much. */
const GUESS: Range = { low: 0.6, high: 1.6 };

export function callTokens(
  params: ErrorExtrapolationParams,
  gold: InputSize | undefined,
): Readonly<Record<PromptKind, CallTokens>> {
  const { kind } = params.task;
  const isQa = kind === 'extractive-qa';
  const row = (gold?.characters ?? 0) / Math.max(1, gold?.items ?? 0) / BYTES_PER_TOKEN;
  const target = kind === 'text' ? row : isQa ? QUESTION_TOKENS : TARGET_SHARE * row;
  const context = kind === 'text' ? 0 : Math.max(0, row - target);
  const around = systemTokens(params) + USER_TOKENS;
  const written = target + JSON_TOKENS;
  const write = around + context + params.examplesPerPrompt * target;
  const judge = { input: around + context + target, output: isQa ? ANSWER_TOKENS : LABEL_TOKENS };
  const imitate = { input: write + target, output: written };
  return {
    reasons: { input: around, output: REASONS_TOKENS },
    write: { input: write, output: written },
    imitate,
    describe: { input: around + ERRORS_DESCRIBED * row, output: DESCRIPTION_TOKENS },
    judge,
    preflight: { input: imitate.input, output: (written + judge.output) / 2 },
  };
}

/** Tokens of so many calls: as a pilot measured them in a stage of the same step, else as guessed. */
export function tokensOfCalls(
  calls: Range,
  guessed: CallTokens,
  measured: { readonly input?: Sample | undefined; readonly output?: Sample | undefined },
): { readonly inputTokens: Range; readonly outputTokens: Range } {
  const of = (guess: number, sample: Sample | undefined): Range => {
    const perCall = sample === undefined ? scaled(guess) : intervalOf(sample);
    return { low: Math.floor(calls.low * perCall.low), high: Math.ceil(calls.high * perCall.high) };
  };
  return {
    inputTokens: of(guessed.input, measured.input),
    outputTokens: of(guessed.output, measured.output),
  };
}

const scaled = (tokens: number): Range => ({ low: tokens * GUESS.low, high: tokens * GUESS.high });

/** What was measured in any stage of this step. */
export function measuredIn(measured: Measurements, step: string): Measurements[string] | undefined {
  const stage = Object.keys(measured).find((name) => placeOf(name)?.step === step);
  return stage === undefined ? undefined : measured[stage];
}
