import type { Block } from '../../../core/story/vocabulary';
import type { Verdict } from '../verdict';
import type { Target } from './target';

/** Verdicts that no retry of ours can change: a person has to act. No row ends by them. */
export function blockOfVerdict(verdict: Verdict, target: Target): Block | undefined {
  const block = (code: string, remedy: string): Block => ({
    code,
    message: `${target.name}: ${verdict.message} ${remedy}`,
    samples: [],
    choices: ['retry'],
  });
  switch (verdict.kind) {
    case 'key-rejected':
      return block(
        'key-rejected',
        `Set a valid key in the variable that provider "${target.provider}" names, restart the generator, then resume.`,
      );
    case 'out-of-funds':
      return block('out-of-funds', 'Top the account up, then resume.');
    case 'model-gone':
      return block('model-gone', 'Make the model available again under this name, then resume.');
    default:
      return undefined;
  }
}
