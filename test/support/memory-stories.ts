import type { MemoryRun } from './run-strategy';

type Story = (run: MemoryRun) => Promise<void>;

/** Stories told in memory, of strategies whose stages do not simply follow one another as they are declared. */
const STORIES: Readonly<Record<string, Story>> = {};

export function storyOf(strategy: string): { readonly story?: Story } {
  const story = STORIES[strategy];
  return story === undefined ? {} : { story };
}
