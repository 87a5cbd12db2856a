/** If these fail, more calls are in flight than a person allowed, or rows wait for ever. */
import { FIRST, Slots } from '../../../../infra/models/broker/slots';

const never = new AbortController().signal;

it('admits as many as its size, first come, first served', async () => {
  const slots = new Slots(2);
  const entered: number[] = [];
  const enter = async (n: number) => {
    const free = await slots.acquire(never, 1);
    entered.push(n);
    return free;
  };
  const all = [1, 2, 3, 4].map(enter);
  const [first] = await Promise.all([all[0]!, all[1]!]);
  expect(entered).toEqual([1, 2]);
  first();
  first(); // a second release is none
  await all[2];
  expect(entered).toEqual([1, 2, 3]);
});

it('takes a new size at once, larger or smaller', async () => {
  const slots = new Slots(0);
  const waiting = [slots.acquire(never, 1), slots.acquire(never, 1)];
  slots.resize(2);
  const [a, b] = await Promise.all(waiting);
  slots.resize(1);
  const next = slots.acquire(never, 1);
  a!();
  expect(await Promise.race([next.then(() => 'in'), Promise.resolve('waits')])).toBe('waits');
  b!();
  await next;
});

it('forgets a waiter that gives up', async () => {
  const slots = new Slots(0);
  const leaving = new AbortController();
  const waiting = slots.acquire(leaving.signal, 1);
  leaving.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(slots.acquire(AbortSignal.abort(new Error('before')), 1)).rejects.toThrow('before');
});

it('lets calls that are sent again go first, and older batches before younger ones', async () => {
  const slots = new Slots(1);
  const entered: string[] = [];
  const free = await slots.acquire(never, 1);
  const enter = async (name: string, rank: number) => {
    const leave = await slots.acquire(never, rank);
    entered.push(name);
    leave();
  };
  const all = [enter('young', 2), enter('old', 1), enter('again', FIRST), enter('old too', 1)];
  free();
  await Promise.all(all);
  expect(entered).toEqual(['again', 'old', 'old too', 'young']);
});
