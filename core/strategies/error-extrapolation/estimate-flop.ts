/** What training takes, in floating point operations: two a parameter forwards, four backwards. */
const FLOP_PER_PARAMETER_AND_TOKEN = 6;

export interface TrainingSize {
  readonly parameters: number;
  /** Mean tokens of a row. */
  readonly tokens: number;
  readonly rows: number;
  readonly epochs: number;
}

export function trainingFlop({ parameters, tokens, rows, epochs }: TrainingSize): number {
  return FLOP_PER_PARAMETER_AND_TOKEN * parameters * tokens * rows * epochs;
}

/** Of all trainings of a job: each is done for every seed and composition. */
export function jobFlop(trainings: readonly TrainingSize[], seeds: number, compositions: number): number {
  return seeds * compositions * trainings.reduce((sum, training) => sum + trainingFlop(training), 0);
}
