/** Faults of input lines, gathered so that one message shows the first and the count says how many there are. */
import { Problem } from '../../problem';
import { BLOCK_SAMPLES_MAX } from '../../story/limits';

/** Line numbers that a problem names. */
export const LINES_SHOWN_MAX = 20;

/** One line that cannot be used. */
export interface LineFault {
  readonly code: string;
  readonly line: number;
  readonly message: string;
}

interface Lines {
  /** The first {@link LINES_SHOWN_MAX}; none where the fault is of the input as a whole. */
  readonly lines: readonly number[];
  readonly count: number;
  /** The first messages. */
  readonly samples: readonly string[];
}

/** All faults of one code: the message is the first one's. */
export class LinesProblem extends Problem implements Lines {
  override readonly lines: readonly number[];
  override readonly count: number;
  readonly samples: readonly string[];

  constructor(code: string, message: string, { lines, count, samples }: Lines) {
    super(code, message);
    this.name = 'LinesProblem';
    this.lines = lines;
    this.count = count;
    this.samples = samples;
  }
}

export class FaultBook {
  private readonly byCode = new Map<string, { lines: number[]; count: number; samples: string[] }>();

  add({ code, line, message }: LineFault): void {
    const known = this.byCode.get(code) ?? { lines: [], count: 0, samples: [] };
    this.byCode.set(code, known);
    known.count += 1;
    if (known.lines.length < LINES_SHOWN_MAX) known.lines.push(line);
    if (known.samples.length < BLOCK_SAMPLES_MAX) known.samples.push(message);
  }

  /** One problem a code, in the order in which the codes came up first. */
  problems(): LinesProblem[] {
    return Array.from(
      this.byCode,
      ([code, lines]) => new LinesProblem(code, lines.samples[0] ?? code, lines),
    );
  }
}

/** A fault of the input as a whole: no line to drop. */
export function wholeProblem(code: string, message: string): LinesProblem {
  return new LinesProblem(code, message, { lines: [], count: 1, samples: [message] });
}
