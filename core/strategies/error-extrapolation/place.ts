/** Where a stage stands: which replicate, arm and round its name holds. `r2/goldgen-mix/extrapolate-3`. */

export interface Place {
  /** 1-based; the first is not written. */
  readonly replicate: number;
  readonly arm: string;
  /** `seed`, `sift`, `extrapolate` … */
  readonly step: string;
  /** 0 for the seed's round; absent where the step has none. */
  readonly round?: number;
}

const NAME = /^(?:r(\d+)\/)?([a-z][a-z-]*)\/([a-z]+(?:-[a-z]+)*)(?:-(\d+))?$/;

export function placeOf(stage: string): Place | undefined {
  const [, replicate, arm, step, round] = NAME.exec(stage) ?? [];
  if (arm === undefined || step === undefined) return undefined;
  return {
    replicate: replicate === undefined ? 1 : Number(replicate),
    arm,
    step,
    ...(round === undefined ? {} : { round: Number(round) }),
  };
}

/** The name of another step of the same replicate and arm. */
export function stageAt({ replicate, arm }: Pick<Place, 'replicate' | 'arm'>, step: string, round?: number) {
  const prefix = replicate === 1 ? '' : `r${replicate}/`;
  return `${prefix}${arm}/${step}${round === undefined ? '' : `-${round}`}`;
}
