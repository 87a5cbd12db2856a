import { fetchWeights } from '../models/embedded/fetch-weights';
import { canInstallEmbedded, installEmbedded } from '../models/embedded/install-embedded';
import type { Config } from '../config';
import type { Say } from './make-once';
import type { EmbeddedModel } from './stack-processes';

export type EmbeddedChoice = 'auto' | 'on' | 'off';

/** Gets the embedded model ready. With `auto` a machine that cannot have it goes on without; with `on` that is an error. */
export async function prepareModel(
  config: Config,
  choice: EmbeddedChoice,
  say: Say,
): Promise<EmbeddedModel | undefined> {
  if (choice === 'off' || (choice === 'auto' && !canInstallEmbedded())) return undefined;
  try {
    const library = await installEmbedded(config, say);
    const weights = await fetchWeights(config, say);
    const name = Object.keys(config.providers.embedded?.models ?? {})[0] ?? 'embedded';
    return { library, weights: weights.path, identity: weights.identity, name };
  } catch (error) {
    if (choice === 'on') throw error;
    say(`going on without the embedded model: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
