/** If these fail, more calls are in flight than a person allowed, or rows wait for ever. */
import { Slots } from '../../../../infra/models/broker/slots';

const never = new AbortController().signal;

it('admits as many as its size, first come, first served', async () => {
  const slots = new Slots(2);
  const entered: number[] = [];
  const enter = async (n: number) => {
    const free = await slots.acquire(never);
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
  const waiting = [slots.acquire(never), slots.acquire(never)];
  slots.resize(2);
  const [a, b] = await Promise.all(waiting);
  slots.resize(1);
  const next = slots.acquire(never);
  a!();
  expect(await Promise.race([next.then(() => 'in'), Promise.resolve('waits')])).toBe('waits');
  b!();
  await next;
});

it('forgets a waiter that gives up', async () => {
  const slots = new Slots(0);
  const leaving = new AbortController();
  const waiting = slots.acquire(leaving.signal);
  leaving.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(slots.acquire(AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
});
