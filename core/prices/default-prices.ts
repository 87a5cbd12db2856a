/**
 * List prices of well-known hosted models, for providers of flavour openai and azure whose configuration gives none.
 * A missing price is honest, a wrong one is not. So names match exactly, with the snapshots known to cost the same, and
 * models whose bill three numbers cannot say are left out: those that charge for cache writes or more above a prompt
 * length (GPT-5.4, 5.5, 5.6, 6 and later), and with them fine-tuned and embedding models and what other hosts charge.
 */
import type { Prices } from '../price';

/**
 * The day the figures stand for, standard tier. Their source is the public collection genai-prices 0.2.1 (PyPI), which says
 * for each of these models that its batch rates were checked against OpenAI's price page by this day; those are half of
 * these. The page itself was not read: check it before you rely on a figure, and move the day with what you have checked.
 */
export const LIST_PRICES_AS_OF = '2026-10-14';

/** Dollars per million tokens: input, cached input (null: not sold), output. */
type Figures = readonly [input: number, cached: number | null, output: number];

const FIGURES: Readonly<Record<string, Figures>> = {
  'gpt-3.5-turbo': [0.5, null, 1.5],
  'gpt-4': [30, null, 60],
  'gpt-4-turbo': [10, null, 30],
  'gpt-4o': [2.5, 1.25, 10],
  'gpt-4o-2024-05-13': [5, null, 15],
  'gpt-4o-mini': [0.15, 0.075, 0.6],
  'gpt-4.1': [2, 0.5, 8],
  'gpt-4.1-mini': [0.4, 0.1, 1.6],
  'gpt-4.1-nano': [0.1, 0.025, 0.4],
  'gpt-5': [1.25, 0.125, 10],
  'gpt-5-mini': [0.25, 0.025, 2],
  'gpt-5-nano': [0.05, 0.005, 0.4],
  'gpt-5.1': [1.25, 0.125, 10],
  'gpt-5.2': [1.75, 0.175, 14],
  'gpt-5.4-mini': [0.75, 0.075, 4.5],
  'gpt-5.4-nano': [0.2, 0.02, 1.25],
  o1: [15, 7.5, 60],
  o3: [2, 0.5, 8],
  'o3-mini': [1.1, 0.55, 4.4],
  'o4-mini': [1.1, 0.275, 4.4],
};

/** Snapshots and other names of the same model at the same price; Azure writes `gpt-35-turbo`. */
const SAME_AS: Readonly<Record<string, string>> = {
  'gpt-3.5-turbo-0125': 'gpt-3.5-turbo',
  'gpt-35-turbo': 'gpt-3.5-turbo',
  'gpt-4-0613': 'gpt-4',
  'gpt-4-turbo-2024-04-09': 'gpt-4-turbo',
  'gpt-4o-2024-08-06': 'gpt-4o',
  'gpt-4o-2024-11-20': 'gpt-4o',
  'gpt-4o-mini-2024-07-18': 'gpt-4o-mini',
  'gpt-4.1-2025-04-14': 'gpt-4.1',
  'gpt-4.1-mini-2025-04-14': 'gpt-4.1-mini',
  'gpt-4.1-nano-2025-04-14': 'gpt-4.1-nano',
  'gpt-5-2025-08-07': 'gpt-5',
  'gpt-5-chat-latest': 'gpt-5',
  'gpt-5-mini-2025-08-07': 'gpt-5-mini',
  'gpt-5-nano-2025-08-07': 'gpt-5-nano',
  'gpt-5.1-2025-11-13': 'gpt-5.1',
  'gpt-5.1-chat-latest': 'gpt-5.1',
  'gpt-5.2-2025-12-11': 'gpt-5.2',
  'gpt-5.2-chat-latest': 'gpt-5.2',
  'gpt-5.4-mini-2026-03-17': 'gpt-5.4-mini',
  'gpt-5.4-nano-2026-03-17': 'gpt-5.4-nano',
  'o1-2024-12-17': 'o1',
  'o3-2025-04-16': 'o3',
  'o3-mini-2025-01-31': 'o3-mini',
  'o4-mini-2025-04-16': 'o4-mini',
};

/** The list price of a model by its exact name; undefined where it is not known for certain. */
export function listPrices(model: string): Prices | undefined {
  const name = Object.hasOwn(SAME_AS, model) ? SAME_AS[model]! : model;
  const found = Object.hasOwn(FIGURES, name) ? FIGURES[name] : undefined;
  if (found === undefined) return undefined;
  const [inputUsdPerMillion, cached, outputUsdPerMillion] = found;
  return {
    inputUsdPerMillion,
    ...(cached === null ? {} : { cachedInputUsdPerMillion: cached }),
    outputUsdPerMillion,
  };
}
