import type { Strategy } from '../strategy';
import { entigraph } from './entigraph';
import { errorExtrapolation } from './error-extrapolation';
import { promptTemplate } from './prompt-template';

/** Every strategy there is. A new one is a folder here, a story in `workflows/` and its line in both registries. */
export const STRATEGIES: readonly Strategy[] = [promptTemplate, entigraph, errorExtrapolation];

export function strategyNamed(name: string): Strategy | undefined {
  return STRATEGIES.find((strategy) => strategy.name === name);
}
