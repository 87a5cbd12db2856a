import type { RowsStage, Stage } from '../../strategy';
import { assemble } from './assemble';
import { canonicalise } from './canonicalise';
import { extract } from './extract';
import { ingest } from './ingest';
import type { EntigraphParams } from './params';
import { relate } from './relate';
import { select } from './select';

/** In the story's order. `entigraph` and `select-entigraph` alternate, tranche by tranche. */
export const ENTIGRAPH_STAGES: Readonly<Record<string, Stage<EntigraphParams>>> = {
  ingest,
  extract: plain(extract),
  canonicalise,
  entigraph: plain(relate),
  'select-entigraph': plain(select),
  assemble,
};

/** A row's data is a type of its own inside a stage, and JSON to the shell. */
function plain<Data>(stage: RowsStage<EntigraphParams, Data>): Stage<EntigraphParams> {
  return stage as unknown as Stage<EntigraphParams>;
}
