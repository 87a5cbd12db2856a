import { BLOCK_SAMPLE_CHARACTERS_MAX, BLOCK_SAMPLES_MAX } from '../../../core/story/limits';
import { BAD_ROW_REASONS, type Block } from '../../../core/story/vocabulary';
import type { Lease } from '../../database/leases';
import type { Database } from '../../database/open-database';
import type { ControlState } from './control-watch';

/** Why a job stops when its model cannot do the work, with a few of the rows that show it. */
export async function badRowsBlock(
  db: Database,
  lease: Lease,
  { bad, ended }: Pick<ControlState, 'bad' | 'ended'>,
  shareMax: number,
): Promise<Block> {
  const rows = await db
    .selectFrom('outcome')
    .select(['row_key', 'reason', 'detail'])
    .where('tenant', '=', lease.tenant)
    .where('job', '=', lease.job)
    .where('stage', '=', lease.stage)
    .where('superseded', '=', 0)
    .where((e) => e.or([e('state', '=', 'failed'), e('reason', 'in', [...BAD_ROW_REASONS])]))
    .limit(BLOCK_SAMPLES_MAX)
    .execute();
  return {
    code: 'too-many-bad-rows',
    message:
      `stage ${lease.stage}: ${bad} of ${ended} ended rows are failed, unparsable, refused or truncated; ` +
      `at most ${(shareMax * 100).toFixed(0)} % are allowed (params.badRowShareMax). ` +
      'Look at the samples; resume with choice "accept" to go on all the same, or fork the job with another model or prompt.',
    samples: rows.map(({ row_key, reason, detail }) =>
      `${row_key}: ${reason ?? ''} ${detail ?? ''}`.slice(0, BLOCK_SAMPLE_CHARACTERS_MAX),
    ),
    choices: ['accept'],
  };
}
