/** Answers whose lengths have a long tail: most are short, a few fill the output limit. */
import type { ChatCall, Reply } from '../../../core/calls';
import { randomFor } from '../../../core/random';
import { BYTES_PER_TOKEN } from '../../../core/text/tokens';

/** A log-normal distribution of output tokens. */
export interface TokenSkew {
  readonly median: number;
  /** Of the logarithm: at 1.5 one answer in a hundred has 33 times the median. */
  readonly sigma: number;
}

/** The reply at a length of its own: a function of prompt and seed, cut at the call's output limit as a model is. */
export function skewLength(
  reply: Reply,
  request: ChatCall,
  seed: number,
  { median, sigma }: TokenSkew,
): Reply {
  const random = randomFor(seed, 'length', request.messages.at(-1)?.content ?? '');
  const uniform = (): number => (random.next() + 0.5) / 2 ** 32;
  const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const wanted = Math.max(1, Math.round(median * Math.exp(sigma * normal)));
  const outputTokens = Math.min(wanted, request.tokensMax);
  const characters = outputTokens * BYTES_PER_TOKEN;
  const text = `${reply.text} `.repeat(Math.ceil(characters / (reply.text.length + 1))).slice(0, characters);
  return {
    ...reply,
    text,
    finish: wanted > request.tokensMax ? 'length' : 'stop',
    usage: { ...reply.usage, outputTokens },
  };
}
