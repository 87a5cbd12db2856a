import type { JobView } from '../../job-view';
import { currentStage, progressLine } from '../show-job';
import type { Terminal } from '../terminal';

/**
 * A terminal whose progress lines tell a change of counts: while a killed worker's lease runs out, only the pace and the
 * time left differ, and nobody needs to read that.
 */
export function onlyChanges(terminal: Terminal): Terminal {
  const client = terminal.client();
  let seen: JobView | undefined;
  let told = '';
  return {
    ...terminal,
    client: () => ({ ...client, job: async (id) => (seen = await client.job(id)) }),
    note(line) {
      // Other notes, for instance that the API does not answer, pass.
      if (seen !== undefined && line === `${seen.state} ${progressLine(seen)}`) {
        const counts = countsOf(seen);
        if (counts === told) return;
        told = counts;
      }
      terminal.note(line);
    },
  };
}

function countsOf(job: JobView): string {
  const { planned, rejected, failed, open } = job.rows;
  return [job.state, currentStage(job), planned, rejected, failed, open].join();
}
