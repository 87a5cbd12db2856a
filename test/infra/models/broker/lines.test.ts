/** If these fail, a long job sends more than a person allowed, because its lines were forgotten. */
import { Lines } from '../../../../infra/models/broker/lines';

const never = new AbortController().signal;

it('keeps the lines of a job that is at work, however many others come and go', async () => {
  const lines = new Lines();
  lines.resize('long', 2);
  await lines.of('long').slots.acquire(never, 1);
  for (let i = 0; i < 2_500; i += 1) {
    lines.resize(`short ${i}`, 1);
    if (i % 100 === 0) lines.resize('long', 2);
  }
  await lines.of('long').slots.acquire(never, 1);
  const third = lines.of('long').slots.acquire(never, 1);
  expect(await Promise.race([third.then(() => 'in'), Promise.resolve('waits')])).toBe('waits');
});

it('claims an eighth of the concurrency ahead before the speed is known', async () => {
  const lines = new Lines();
  lines.resize('job', 64);
  const { ahead } = lines.of('job');
  for (let i = 0; i < 8; i += 1) await ahead.acquire(never, 1);
  const ninth = ahead.acquire(never, 1);
  expect(await Promise.race([ninth.then(() => 'in'), Promise.resolve('waits')])).toBe('waits');
});
