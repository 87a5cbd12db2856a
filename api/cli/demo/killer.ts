import type { Stack } from '../../../infra/stack/stack';
import type { JobView } from '../../job-view';
import type { Terminal } from '../terminal';

/** Ends the generator without warning when half of the stage's rows are there, then tells that the job goes on. */
export function createKiller(
  terminal: Pick<Terminal, 'out'>,
  stack: Pick<Stack, 'pid'>,
  stageName: string,
  kill: (pid: number) => void = (pid) => void process.kill(pid, 'SIGKILL'),
): (job: Pick<JobView, 'stages'>) => boolean {
  let killed: { pid: number; ended: number } | undefined;
  let told = false;
  return (job) => {
    const stage = job.stages.find((one) => one.stage === stageName);
    const ended = stage ? stage.planned - stage.open : 0;
    const pid = stack.pid('generator');
    if (!killed && stage && pid !== undefined && stage.open > 0 && ended >= stage.planned / 2) {
      kill(pid);
      killed = { pid, ended };
      terminal.out(
        `Killed the generator (process ${pid}, SIGKILL) at ${ended} of ${stage.planned} rows. ` +
          'Its lease on the rows in flight runs out in a few seconds; until then nobody touches them.',
      );
    } else if (killed && !told && pid !== undefined && pid !== killed.pid && ended > killed.ended) {
      told = true;
      terminal.out(
        `It goes on by itself: process ${pid}, ${ended} rows, none of the ${killed.ended} asked again.`,
      );
    }
    return false;
  };
}
