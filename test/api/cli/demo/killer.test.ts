/** If these fail, the demo kills nothing, kills twice, or boasts before the new process has done anything. */
import { createKiller } from '../../../../api/cli/demo/killer';
import type { JobView } from '../../../../api/job-view';

const at = (ended: number): Pick<JobView, 'stages'> =>
  ({ stages: [{ stage: 'main/seed', planned: 10, open: 10 - ended }] }) as unknown as Pick<JobView, 'stages'>;

it('kills once, in the middle, and tells when the next process has ended a row', () => {
  const lines: string[] = [];
  const killed: number[] = [];
  let pid = 7;
  const look = createKiller(
    { out: (line) => void lines.push(line) },
    { pid: () => pid },
    'main/seed',
    (one) => void killed.push(one),
  );
  for (const ended of [0, 4]) look(at(ended));
  expect(killed).toEqual([]);
  look(at(5));
  look(at(6));
  pid = 8;
  look(at(5));
  look(at(7));
  look(at(9));
  expect(killed).toEqual([7]);
  expect(lines).toEqual([
    expect.stringMatching(/^Killed the generator \(process 7, SIGKILL\) at 5 of 10 rows/u),
    expect.stringMatching(/^It goes on by itself: process 8, 7 rows/u),
  ]);
});
