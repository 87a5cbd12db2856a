/** If these fail, what is measured against a capped endpoint is the endpoint's fault. */
import { type CapKind, RequestCap } from '../../../../infra/models/scripted/mock-cap';

const START_MS = 1_700_000_000_123;

/** How many of the calls that come every `everyMs` are admitted. */
function admitted(
  cap: RequestCap,
  kind: CapKind,
  options: { perSecond: number; everyMs: number; calls: number; fromMs?: number },
) {
  const { perSecond, everyMs, calls, fromMs = 0 } = options;
  let count = 0;
  for (let call = 0; call < calls; call += 1)
    if (cap.admits(START_MS + fromMs + call * everyMs, perSecond, kind)) count += 1;
  return count;
}

test('a fixed window admits exactly the cap in every second, all at once if they come so', () => {
  const cap = new RequestCap();
  expect(admitted(cap, 'fixed-window', { perSecond: 50, everyMs: 0, calls: 200 })).toBe(50);
  expect(admitted(cap, 'fixed-window', { perSecond: 50, everyMs: 1, calls: 999 })).toBe(0);
  expect(admitted(cap, 'fixed-window', { perSecond: 50, everyMs: 1, calls: 3_000, fromMs: 1_000 })).toBe(150);
});

test('calls paced at the cap are all admitted, by either kind', () => {
  const paced = { perSecond: 200, everyMs: 5, calls: 4_000 };
  expect(admitted(new RequestCap(), 'fixed-window', paced)).toBe(4_000);
  expect(admitted(new RequestCap(), 'token-bucket', paced)).toBe(4_000);
});

test('a bucket holds a tenth of a second, and fills at the rate of the cap', () => {
  const cap = new RequestCap();
  expect(admitted(cap, 'token-bucket', { perSecond: 200, everyMs: 0, calls: 100 })).toBe(20);
  expect(admitted(cap, 'token-bucket', { perSecond: 200, everyMs: 1, calls: 10_000 })).toBe(1_999);
  expect(admitted(new RequestCap(), 'token-bucket', { perSecond: 5, everyMs: 0, calls: 10 })).toBe(1);
});

test('a cap that changes holds from the next call on', () => {
  const cap = new RequestCap();
  expect(admitted(cap, 'token-bucket', { perSecond: 200, everyMs: 1, calls: 1_000 })).toBe(219);
  expect(admitted(cap, 'token-bucket', { perSecond: 100, everyMs: 1, calls: 1_000, fromMs: 1_000 })).toBe(
    100,
  );
});
