/** No keys yet, so the API serves only this machine, and no page of another site may reach it through a browser. */
import { Problem } from '../core/problem';
import type { Api } from './context';

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** @throws Problem `api-keys-missing` for a host that other machines can reach. */
export function refuseOpenHost(host: string): void {
  if (LOOPBACK.includes(host) || host === '::1') return;
  throw new Problem(
    'api-keys-missing',
    `PERENNIAL_API_HOST: expected a loopback address (127.0.0.1, ::1 or localhost), got "${host}". ` +
      'API keys do not exist yet, so anyone on the network could start jobs; unset it and use a tunnel.',
    'PERENNIAL_API_HOST',
  );
}

/** A rebound DNS name arrives with a foreign `Host`; a page of another site arrives with a foreign `Origin`. */
export function guardHosts(app: Api, host: string): void {
  const allowed = [...LOOPBACK, host.includes(':') ? `[${host}]` : host];
  app.addHook('onRequest', async (request) => {
    const asked = request.headers.host ?? '';
    if (!allowed.includes(hostNameOf(asked))) {
      throw new Problem(
        'forbidden',
        `Host: expected one of ${[...new Set(allowed)].join(', ')}, got "${asked}". Call the API by its loopback address.`,
        'Host',
      );
    }
    const origin = request.headers.origin;
    if (origin !== undefined && origin !== `http://${asked}` && origin !== `https://${asked}`) {
      throw new Problem(
        'forbidden',
        `Origin: expected this API's own pages (http://${asked}), got "${origin}".`,
        'Origin',
      );
    }
  });
}

function hostNameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}
