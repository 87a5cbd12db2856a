/** What the mock endpoint has seen: the other side's view of "nothing is paid twice". */
import type { Usage } from '../../../core/calls';
import { type Timeline, TimelineRecorder } from './mock-timeline';

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
  /** Milliseconds since 1970 of the first and the last 200; 0 before the first one. */
  readonly firstAnswerAt: number;
  readonly lastAnswerAt: number;
  /** Bodies, their seed included, that were answered with 200 more than once. */
  readonly duplicates: number;
  /** Answers that a body got after its first one: what was paid twice. */
  readonly repeated: number;
  /** Tokens of all answers with 200: what a provider would charge for. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Only when asked for. */
  readonly timeline?: Timeline;
  /** Answers by SHA-256 of the body; only when asked for. */
  readonly perKey?: Readonly<Record<string, number>>;
}

export class MockCounters {
  private requests = 0;
  private answered = 0;
  private inFlight = 0;
  private inFlightMax = 0;
  private lastRequestAt = 0;
  private firstAnswerAt = 0;
  private lastAnswerAt = 0;
  private duplicates = 0;
  private repeated = 0;
  private inputTokens = 0;
  private outputTokens = 0;
  private readonly timeline = new TimelineRecorder();
  private byStatus = new Map<string, number>();
  private answers = new Map<string, number>();

  arrive(): void {
    this.requests += 1;
    this.inFlight += 1;
    if (this.inFlight > this.inFlightMax) this.inFlightMax = this.inFlight;
    this.lastRequestAt = Date.now();
    this.timeline.arrive(this.lastRequestAt);
  }

  leave(): void {
    this.inFlight -= 1;
  }

  end(status: number | 'hang' | 'cut'): void {
    const name = String(status);
    this.byStatus.set(name, (this.byStatus.get(name) ?? 0) + 1);
    if (status === 429) this.timeline.limit(Date.now());
  }

  answer(bodyHash: string, { inputTokens, outputTokens }: Usage): void {
    this.answered += 1;
    this.inputTokens += inputTokens;
    this.outputTokens += outputTokens;
    this.lastAnswerAt = Date.now();
    this.firstAnswerAt ||= this.lastAnswerAt;
    this.timeline.answer(this.lastAnswerAt);
    const times = (this.answers.get(bodyHash) ?? 0) + 1;
    this.answers.set(bodyHash, times);
    if (times === 2) this.duplicates += 1;
    if (times > 1) this.repeated += 1;
  }

  /** Bodies answered at least `times`, with how often. */
  list(times = 1): { sha256: string; count: number }[] {
    return [...this.answers]
      .filter(([, count]) => count >= times)
      .map(([sha256, count]) => ({ sha256, count }));
  }

  stats(also: { readonly bodies?: boolean; readonly timeline?: boolean } = {}): MockStats {
    return {
      requests: this.requests,
      answered: this.answered,
      byStatus: Object.fromEntries(this.byStatus),
      inFlight: this.inFlight,
      inFlightMax: this.inFlightMax,
      lastRequestAt: this.lastRequestAt,
      firstAnswerAt: this.firstAnswerAt,
      lastAnswerAt: this.lastAnswerAt,
      duplicates: this.duplicates,
      repeated: this.repeated,
      inputTokens: this.inputTokens,
      outputTokens: this.outputTokens,
      ...(also.timeline ? { timeline: this.timeline.read() } : {}),
      ...(also.bodies ? { perKey: Object.fromEntries(this.answers) } : {}),
    };
  }

  /** Forgets everything but the calls that are still here. */
  reset(): void {
    this.requests = this.answered = this.duplicates = this.repeated = this.lastRequestAt = 0;
    this.firstAnswerAt = this.lastAnswerAt = this.inputTokens = this.outputTokens = 0;
    this.timeline.reset();
    this.inFlightMax = this.inFlight;
    this.byStatus.clear();
    this.answers.clear();
  }
}
