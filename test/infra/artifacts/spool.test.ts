/** If these fail, rows change on their way from a transform to the ledger. */
import { Spool } from '../../../infra/artifacts/spool';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

it('gives back what it took, as often as asked, whatever stands in a text', async () => {
  const spool = new Spool<{ text: string }>();
  const items = ['plain', 'line\nbreak', 'separator \u2028 and \u2029', 'ünïcødé 🙂', ''].map((text) => ({
    text,
  }));
  for (const item of items) await spool.append(item);
  expect(spool.items).toBe(5);
  expect(await all(spool.read())).toEqual(items);
  expect(await all(spool.read())).toEqual(items);
  await spool.remove();
});

it('takes many rows without waiting for their end, and nothing at all', async () => {
  const spool = new Spool<number>();
  for (let i = 0; i < 50_000; i += 1) await spool.append(i);
  expect((await all(spool.read())).at(-1)).toBe(49_999);
  await spool.remove();
  const empty = new Spool<number>();
  expect(await all(empty.read())).toEqual([]);
  await empty.remove();
});
