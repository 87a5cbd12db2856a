import type { ModelClient } from '../model-client';
import { scriptedReply, type ScriptedOptions } from './scripted-content';

/** The scripted model inside this process: no network, no waiting, the same answers as the mock endpoint's. */
export function scriptedClient(options: ScriptedOptions): ModelClient {
  return {
    send: async (request, { seed, signal }) => {
      signal.throwIfAborted();
      return { reply: scriptedReply(request, seed ?? 0, options), latencyMs: 0, headers: {} };
    },
    close: () => Promise.resolve(),
  };
}
