/**
 * Which words of the chat API a model takes. Some refuse a sampling parameter or want the output limit under its newer
 * name: that is guessed from the model's name, and learned where the guess was wrong. A refused request costs nothing.
 */
import type { Flavour } from '../config';
import { readComplaint } from './complaint';
import type { CallFault } from './verdict';

export const OPTIONAL_PARAMETERS = ['temperature', 'top_p', 'stop', 'seed'] as const;
export type OptionalParameter = (typeof OPTIONAL_PARAMETERS)[number];
type LimitName = 'max_tokens' | 'max_completion_tokens';

export interface Dialect {
  readonly limit: LimitName;
  /** The server has named the limit it wants: it is not asked for the other one again. */
  readonly limitLearned: boolean;
  /** Parameters that are left out. */
  readonly without: readonly OptionalParameter[];
}

/** OpenAI's reasoning models, also as gateways name them: `openai/o3-mini`. The chat tunings of GPT-5 are none. */
const REASONING = /^(openai\/)?(o\d+(-|$)|gpt-5(?!\.?\d*-chat))/;
const NAMED_AFTER_OPENAI: readonly Flavour[] = ['openai', 'azure'];
const REFUSAL =
  /unsupported[_ ](parameter|value)|unknown_parameter|unrecognized request argument|extra_forbidden|extra inputs are not permitted|unknown (field|name|parameter)|not supported|does not support/;

/** What a model's name says. Azure's deployments may be called anything: theirs is learned. */
export function guessDialect(flavour: Flavour, model: string): Dialect {
  const reasoning = NAMED_AFTER_OPENAI.includes(flavour) && REASONING.test(model);
  return reasoning
    ? { limit: 'max_completion_tokens', limitLearned: false, without: ['temperature', 'top_p', 'stop'] }
    : { limit: 'max_tokens', limitLearned: false, without: [] };
}

/** The dialect without what the server has just refused; undefined when the fault is about something else. */
export function learnDialect(spoken: Dialect, { status, body }: CallFault): Dialect | undefined {
  if (status !== 400 && status !== 422) return undefined;
  const { codes, message, param } = readComplaint(body);
  const said = `${codes} ${message.toLowerCase()}`;
  if (!REFUSAL.test(said)) return undefined;
  // Messages name the refused word first, and what to write instead after it.
  const named = param ?? firstNamed(said);
  if (named === spoken.limit) {
    if (spoken.limitLearned) return undefined;
    const limit = spoken.limit === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
    return { ...spoken, limit, limitLearned: true };
  }
  const refused = OPTIONAL_PARAMETERS.find((name) => name === named);
  if (refused === undefined || spoken.without.includes(refused)) return undefined;
  return { ...spoken, without: [...spoken.without, refused] };
}

function firstNamed(said: string): string | undefined {
  return /\b(max_tokens|max_completion_tokens|temperature|top_p|stop|seed)\b/.exec(said)?.[1];
}

/** The dialects of one endpoint's models, for the life of the process. */
export class Dialects {
  readonly #known = new Map<string, Dialect>();

  constructor(private readonly flavour: Flavour) {}

  /**
   * Sends in the model's dialect, and again where the server refuses a word of it. Ends, because every refusal takes a
   * word away for good.
   * @param faultOf the provider's answer inside what `send` throws
   */
  async speak<T>(
    model: string,
    send: (dialect: Dialect) => Promise<T>,
    faultOf: (error: unknown) => CallFault | undefined,
  ): Promise<T> {
    for (;;) {
      const spoken = this.#dialectOf(model);
      try {
        return await send(spoken);
      } catch (error) {
        const fault = faultOf(error);
        const learned = fault && learnDialect(spoken, fault);
        if (!learned) throw error;
        if (this.#dialectOf(model) === spoken) this.#known.set(model, learned); // else another call has learned first
      }
    }
  }

  #dialectOf(model: string): Dialect {
    const known = this.#known.get(model) ?? guessDialect(this.flavour, model);
    this.#known.set(model, known);
    return known;
  }
}
