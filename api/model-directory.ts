import type { Config, ModelConfig, ProviderConfig } from '../infra/config';
import { findModel } from '../infra/config-file';
import type { Models } from '../infra/models/registry';
import type { ConfiguredModel, ModelDirectory } from './context';

/** What the configuration says about models: names, capabilities and prices, never an address or a key. */
export function openModelDirectory(
  { providers }: Pick<Config, 'providers'>,
  models: Pick<Models, 'facts'>,
): ModelDirectory {
  const all = Object.values(providers);
  return {
    find: (name) => {
      models.facts(name); // says which name was meant
      const { provider, model } = findModel(providers, name);
      return view(provider, model);
    },
    list: () =>
      all.flatMap((provider) => Object.values(provider.models).map((model) => view(provider, model))),
    open: all.filter((provider) => provider.acceptsAnyModel).map((provider) => `${provider.name}/*`),
  };
}

function view(provider: ProviderConfig, model: ModelConfig): ConfiguredModel {
  return {
    name: `${provider.name}/${model.name}`,
    provider: provider.name,
    flavour: provider.flavour,
    capabilities: model.capabilities,
    contextTokens: model.contextTokens,
    ...(model.prices ? { prices: model.prices, pricesFrom: model.pricesFrom ?? 'configuration' } : {}),
  };
}
