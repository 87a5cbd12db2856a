/** What the mock endpoint has seen: the other side's view of "nothing is paid twice". */
export interface MockStats {
  /** Calls that arrived, control requests not counted. */
  readonly requests: number;
  /** Calls answered with 200. */
  readonly answered: number;
  /** By HTTP status, and `hang` and `cut`. */
  readonly byStatus: Readonly<Record<string, number>>;
  readonly inFlight: number;
  readonly inFlightMax: number;
  /** Milliseconds since 1970; 0 before the first call. */
  readonly lastRequestAt: number;
  /** Bodies, their seed included, that were answered with 200 more than once. */
  readonly duplicates: number;
  /** Answers by SHA-256 of the body; only when asked for. */
  readonly perKey?: Readonly<Record<string, number>>;
}

export class MockCounters {
  private requests = 0;
  private answered = 0;
  private inFlight = 0;
  private inFlightMax = 0;
  private lastRequestAt = 0;
  private duplicates = 0;
  private byStatus = new Map<string, number>();
  private answers = new Map<string, number>();

  arrive(): void {
    this.requests += 1;
    this.inFlight += 1;
    if (this.inFlight > this.inFlightMax) this.inFlightMax = this.inFlight;
    this.lastRequestAt = Date.now();
  }

  leave(): void {
    this.inFlight -= 1;
  }

  end(status: number | 'hang' | 'cut'): void {
    const name = String(status);
    this.byStatus.set(name, (this.byStatus.get(name) ?? 0) + 1);
  }

  answer(bodyHash: string): void {
    this.answered += 1;
    const times = (this.answers.get(bodyHash) ?? 0) + 1;
    this.answers.set(bodyHash, times);
    if (times === 2) this.duplicates += 1;
  }

  /** Bodies answered, with how often. */
  list(): { sha256: string; count: number }[] {
    return [...this.answers].map(([sha256, count]) => ({ sha256, count }));
  }

  stats(withBodies = false): MockStats {
    return {
      requests: this.requests,
      answered: this.answered,
      byStatus: Object.fromEntries(this.byStatus),
      inFlight: this.inFlight,
      inFlightMax: this.inFlightMax,
      lastRequestAt: this.lastRequestAt,
      duplicates: this.duplicates,
      ...(withBodies ? { perKey: Object.fromEntries(this.answers) } : {}),
    };
  }

  /** Forgets everything but the calls that are still here. */
  reset(): void {
    this.requests = this.answered = this.duplicates = this.lastRequestAt = 0;
    this.inFlightMax = this.inFlight;
    this.byStatus.clear();
    this.answers.clear();
  }
}
