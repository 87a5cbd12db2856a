/** The order in which a judge sees the labels, and how it may name one. */
import type { Random } from '../../random';
import { parseLooseJson } from '../../text/repair-json';

/** Orders are drawn until one is new; few labels have no more. */
const DRAWS_MAX = 8;

type Draws = (n: number) => Random;

/** The order of a vote: the first one drawn from the row, the second its reverse, then new ones as long as there are any. */
export function labelOrder(ids: readonly string[], vote: number, random: Draws): readonly string[] {
  return ordersOf(ids, vote, random)[vote]!;
}

/** True where an earlier vote has shown the same order. */
export function repeatsOrder(ids: readonly string[], vote: number, random: Draws): boolean {
  const orders = ordersOf(ids, vote, random).map((order) => order.join('\n'));
  return orders.indexOf(orders[vote]!) < vote;
}

function ordersOf(ids: readonly string[], vote: number, random: Draws): (readonly string[])[] {
  const orders: (readonly string[])[] = [shuffled(ids, random(0))];
  for (let n = 1; n <= vote; n += 1) {
    let order: readonly string[] = [...orders[0]!].reverse();
    for (let draw = 0; draw < DRAWS_MAX && holds(orders, order); draw += 1) {
      order = shuffled(ids, random(n * DRAWS_MAX + draw));
    }
    orders.push(order);
  }
  return orders;
}

function holds(orders: readonly (readonly string[])[], order: readonly string[]): boolean {
  return orders.some((earlier) => earlier.every((id, i) => id === order[i]));
}

function shuffled(ids: readonly string[], random: Random): string[] {
  const order = [...ids];
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

interface Label {
  readonly id: string;
  readonly phrase: string;
}

/** An answer that names one label in its own way, as the JSON that was asked for; any other as it is. */
export function asLabelAnswer(text: string, labels: readonly Label[]): string {
  const json = parseLooseJson(text);
  const named = nameIn(json, text);
  const id = named === undefined ? undefined : idOf(named, labels);
  return id === undefined ? text : JSON.stringify({ label: id });
}

function nameIn(json: unknown, text: string): string | undefined {
  if (typeof json === 'string' || typeof json === 'number')
    return String(json) === text.trim() ? text : String(json);
  if (json === undefined) return text;
  if (typeof json !== 'object' || json === null) return undefined;
  const named = Object.values(json).filter((value) => typeof value === 'string' || typeof value === 'number');
  return named.length === 1 ? String(named[0]) : undefined;
}

/** By id or phrase, alone or behind "label:"; the exact id goes first, then whatever differs by case alone. */
function idOf(named: string, labels: readonly Label[]): string | undefined {
  const bare = named
    .trim()
    .replace(/^(?:the )?(?:label|answer)(?: is)?\s*:?\s+/iu, '')
    .replace(/^["'“*`-]+\s*|["'”*`.]+$/gu, '')
    .trim();
  const exact = labels.find(({ id }) => id === named || id === bare);
  if (exact !== undefined) return exact.id;
  const lower = bare.toLowerCase();
  const alike = labels.filter(({ id, phrase }) =>
    [id, phrase, `${id} (${phrase})`].some((name) => name.toLowerCase() === lower),
  );
  return alike.length === 1 ? alike[0]!.id : undefined;
}
