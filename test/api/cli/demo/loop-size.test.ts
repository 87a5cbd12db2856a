/** If these fail, the demo of error extrapolation takes an hour on a slow machine, or asks for what the strategy refuses. */
import { LOOP_FULL, LOOP_SHORT, sizeLoop } from '../../../../api/cli/demo/loop-size';

it('fits the work to the speed of the model', () => {
  expect(sizeLoop(1, false)).toMatchObject(LOOP_SHORT);
  expect(sizeLoop(1_000, false)).toMatchObject(LOOP_FULL);
  expect(sizeLoop(1_000, true)).toMatchObject(LOOP_SHORT);
  const [slow, fast] = [sizeLoop(35, false), sizeLoop(60, false)];
  expect(slow.seedPerLabel).toBeLessThanOrEqual(fast.seedPerLabel);
  expect(fast.minutes).toBeLessThanOrEqual(6);
  expect(sizeLoop(60, true).minutes).toBeLessThanOrEqual(3);
});

it.each([LOOP_SHORT, LOOP_FULL])('asks for no less than the strategy takes', (size) => {
  expect(size.seedPerLabel).toBeGreaterThanOrEqual(20);
  expect(2 * size.goldPerLabel).toBeGreaterThanOrEqual(100);
  expect(size.goldPerLabel * size.mineShare).toBeGreaterThanOrEqual(20);
});
