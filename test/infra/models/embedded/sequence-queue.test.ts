import { sequenceQueue } from '../../../../infra/models/embedded/sequence-queue';

const never = new AbortController().signal;
const deferred = () => {
  let end: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (end = resolve));
  return { done, end };
};

it('serves in the order of arrival', async () => {
  const queue = sequenceQueue(['one'], 10);
  const order: number[] = [];
  const gate = deferred();
  const first = queue.use(never, () => gate.done);
  const rest = [1, 2, 3].map((number) => queue.use(never, async () => void order.push(number)));
  expect(queue.waiting()).toBe(3);
  gate.end();
  await Promise.all([first, ...rest]);
  expect(order).toEqual([1, 2, 3]);
  expect([queue.idle(), queue.waiting()]).toEqual([1, 0]);
});

it('refuses with 429 when full', async () => {
  const queue = sequenceQueue(['one'], 1);
  const gate = deferred();
  const busy = [queue.use(never, () => gate.done), queue.use(never, () => gate.done)];
  await expect(queue.use(never, () => gate.done)).rejects.toMatchObject({ status: 429 });
  gate.end();
  await Promise.all(busy);
});

it('lets a caller that goes away leave the queue, and frees the place of one that fails', async () => {
  const queue = sequenceQueue(['one'], 10);
  const gate = deferred();
  const gone = new AbortController();
  const failing = queue.use(never, async () => {
    await gate.done;
    throw new Error('broken');
  });
  const left = queue.use(gone.signal, () => gate.done);
  gone.abort();
  await expect(left).rejects.toThrow('closed the connection');
  gate.end();
  await expect(failing).rejects.toThrow('broken');
  expect([queue.idle(), queue.waiting()]).toEqual([1, 0]);
});
