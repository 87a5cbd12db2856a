/** Which arms write seed rows, and whose. */

/** Arms whose first rows are main's, call by call. */
const COPIES: readonly string[] = ['goldgen-mix', 'goldgen-mix-as-errors', 'seed-only'];
/** Arms of seed rows alone: as many as main has in the end. */
const AS_LARGE_AS_MAIN: readonly string[] = ['seed-only', 'few-shot'];

interface SeedArm {
  readonly writes: boolean;
  readonly copiesMain: boolean;
  readonly asLargeAsMain: boolean;
}

export function seedArm(arm: string): SeedArm {
  const copiesMain = COPIES.includes(arm);
  const asLargeAsMain = AS_LARGE_AS_MAIN.includes(arm);
  const writes = arm === 'main' || arm === 'faithful' || copiesMain || asLargeAsMain;
  return { writes, copiesMain, asLargeAsMain };
}
