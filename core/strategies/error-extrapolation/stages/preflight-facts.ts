/** What `preflight` found out, as its facts say. */
import type { Reader } from '../../../strategy';

interface PreflightFacts {
  /** Who judges written rows; absent where the stage has not concluded. */
  readonly judge?: 'llm' | 'gold-student' | 'off';
  /** Accuracy of the model on mine rows that it is shown no example of. */
  readonly zeroShot?: number;
}

export async function preflightFactsOf(read: Pick<Reader, 'stage'>): Promise<PreflightFacts> {
  const { judge, zeroShot } = (await read.stage('preflight'))?.facts ?? {};
  return {
    ...(judge === 'llm' || judge === 'gold-student' || judge === 'off' ? { judge } : {}),
    ...(typeof zeroShot === 'number' ? { zeroShot } : {}),
  };
}
