/** Stage `<arm>/describe-q`: what the errors of a cluster have in common. One row a cluster. */
import type { Json } from '../../../json';
import { accept, call, reject } from '../../../strategy';
import type { PlanContext, PlannedRow, Reader, RowsStage, Step, StepContext } from '../../../strategy';
import { paramsOfArm } from '../arm-params';
import { DESCRIBE_ERRORS_MAX, describeStep } from '../describe-call';
import type { Pattern } from '../describe-call';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import { stageAt } from '../place';
import type { GoldRow, Pick } from '../records';

interface DescribeData {
  readonly cluster: number;
  /** What the students said of each error shown. */
  readonly predicted: readonly string[];
}

export function describeStage(place: Place): RowsStage<ErrorExtrapolationParams, DescribeData> {
  return {
    kind: 'rows',
    title: 'Say what the errors of each cluster share',
    lineage: place.arm,
    reads: { errors: 'prepare/mine' },
    plan: (context) => planClusters(context, place),
    step: (context) => stepCluster({ ...context, params: paramsOfArm(context.params, place.arm) }),
  };
}

/** What was said of each cluster; a cluster without an answer is not in it. */
export async function readPatterns(
  read: Reader,
  place: Place,
  round: number,
): Promise<ReadonlyMap<number, Pattern>> {
  const patterns = new Map<number, Pattern>();
  for await (const { row, record } of read.outcomes<DescribeData, Pattern>(stageAt(place, 'describe', round)))
    if (record !== undefined) patterns.set(row.data.cluster, record);
  return patterns;
}

async function* planClusters(
  { read, plan }: PlanContext<ErrorExtrapolationParams>,
  place: Place,
): AsyncIterable<PlannedRow<DescribeData>> {
  if (plan > 0) return;
  const pickStage = stageAt(place, 'pick', place.round ?? 1);
  const picked = Number((await read.stage(pickStage))?.facts['picks'] ?? 0);
  if (picked === 0) return;
  const clusters = new Map<number, Pick[]>();
  for await (const pick of read.collection<Pick>(`${pickStage}/picks`)) {
    if (pick.cluster === undefined || (pick.draws.pattern ?? 0) === 0) continue;
    const members = clusters.get(pick.cluster) ?? [];
    if (members.length < DESCRIBE_ERRORS_MAX) members.push(pick);
    clusters.set(pick.cluster, members);
  }
  for (const [cluster, members] of [...clusters].sort(([a], [b]) => a - b)) {
    yield {
      key: `cluster/${cluster}`,
      sources: { errors: members.map(({ ordinal }) => ordinal) },
      data: { cluster, predicted: members.map(({ predicted }) => predicted ?? '') },
    };
  }
}

function stepCluster(context: StepContext<ErrorExtrapolationParams, DescribeData>): Step {
  const { row, sources, replies } = context;
  const errors = (sources['errors'] as readonly GoldRow[]).map((error, index) => ({
    ...error,
    predicted: row.data.predicted[index] ?? '',
  }));
  const answer = describeStep(context, errors, replies);
  if ('call' in answer) return call(answer.call);
  if ('reason' in answer) return reject(answer.reason, answer.detail);
  return accept(answer.pattern as unknown as Json);
}
