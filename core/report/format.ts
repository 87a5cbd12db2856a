/** Numbers and times as a reader wants them. No locale: equal reports are equal bytes on every machine. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** 1234567 → `1,234,567`; at most four decimals, none that are zero. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const rounded = Number.isInteger(value) ? value : Number(value.toFixed(4));
  const [whole = '0', decimals] = String(rounded).split('.');
  if (whole.includes('e')) return String(rounded);
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return decimals === undefined ? grouped : `${grouped}.${decimals}`;
}

/** Large counts in three digits: `4.21 M`. Exact below 100,000. */
export function formatCompact(value: number): string {
  const units: readonly [number, string][] = [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e5, 'k'],
  ];
  for (const [from, unit] of units) {
    if (value >= from) return `${Number((value / (unit === 'k' ? 1e3 : from)).toPrecision(3))} ${unit}`;
  }
  return formatNumber(value);
}

/** Small amounts keep the digits that matter: `$0.0042`. */
export function formatUsd(usd: number): string {
  if (usd !== 0 && Math.abs(usd) < 0.01) return `$${Number(usd.toPrecision(2))}`;
  return `$${usd.toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ',')}`;
}

/** `12.5 %`; an empty whole has no share. */
export function formatShare(part: number, whole: number): string {
  return whole === 0 ? '–' : `${Number(((100 * part) / whole).toFixed(1))} %`;
}

/** ISO 8601 → `2026-11-21 14:03 UTC`; what is no time stays as it is. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The two largest units between two ISO times: `2 d 3 h`, `14 min 5 s`. */
export function formatDuration(fromIso: string, toIso: string): string {
  const elapsedMs = Date.parse(toIso) - Date.parse(fromIso);
  if (!Number.isFinite(elapsedMs) || elapsedMs < 0) return '–';
  const seconds = Math.round(elapsedMs / 1000);
  const [days, hours] = [Math.floor(elapsedMs / DAY_MS), Math.floor((elapsedMs % DAY_MS) / HOUR_MS)];
  const minutes = Math.floor((elapsedMs % HOUR_MS) / MINUTE_MS);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${Math.floor((elapsedMs % MINUTE_MS) / 1000)} s` : `${seconds} s`;
}
