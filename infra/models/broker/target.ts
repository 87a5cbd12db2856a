import type { ModelIdentity } from '../../../core/call-key';
import type { Prices } from '../../../core/price';
import type { Limiter } from '../limiter';
import type { ModelClient } from '../model-client';
import type { Models } from '../registry';

/** Where the calls of one role go. */
export interface Target {
  /** `provider/model`, as the job names it. */
  readonly name: string;
  readonly provider: string;
  readonly model: string;
  readonly identity: ModelIdentity;
  readonly prices: Prices | undefined;
  readonly client: ModelClient;
  readonly limiter: Limiter;
}

/** The targets of a job's roles. @throws Problem `model-unknown` */
export function targetsOf(
  models: Models,
  roles: Readonly<Record<string, string>>,
): ReadonlyMap<string, Target> {
  return new Map(Object.entries(roles).map(([role, name]) => [role, targetOf(models, name)]));
}

function targetOf(models: Models, name: string): Target {
  const slash = name.indexOf('/');
  const [provider, model] = [name.slice(0, slash), name.slice(slash + 1)];
  return {
    name,
    provider,
    model,
    identity: models.identity(name),
    prices: models.prices(name),
    client: models.client(provider),
    limiter: models.limiter(provider, model),
  };
}
