import type { ModelRequest } from './calls';
import { isSampled } from './calls';
import { hashJson, sha256 } from './hash';

/** Which of the equal requests a call is; absent where sampling is off, because equal requests then have equal answers. */
export interface Draw {
  readonly seed: number;
  /** How many earlier rows of the lineage have the same first request. */
  readonly ordinal: number;
  /** Which new draw of its row. */
  readonly redraw: number;
  /** How many rejections of the row a person has set aside by a retry; 0, or none, leaves keys as they are. */
  readonly version?: number;
}

/** Where an answer comes from, by configured identity and never by address. */
export interface ModelIdentity {
  readonly provider: string;
  readonly model: string;
}

export function drawOf(request: ModelRequest, draw: Draw): string {
  if (!isSampled(request)) return '';
  const first = `${draw.seed}/${draw.ordinal}/${draw.redraw}`;
  return draw.version ? `${first}/v${draw.version}` : first;
}

/** The ledger's key of a call: tenant, model identity, the whole request, and the draw. */
export function callKey(
  tenant: string,
  identity: ModelIdentity,
  request: ModelRequest,
  draw: string,
): string {
  return hashJson([tenant, identity.provider, identity.model, request, draw]);
}

/** The draw as the `seed` that providers accept: a 31-bit integer; none without a draw. */
export function providerSeed(draw: string): number | undefined {
  return draw === '' ? undefined : parseInt(sha256(draw).slice(0, 8), 16) >>> 1;
}
