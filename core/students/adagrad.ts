/** Adagrad: every weight has a step of its own, which shrinks with the squares of the gradients it has seen. */

/** Looked up once: it is called for every weight of every step. */
const { sqrt } = Math;

/** Keeps the first step finite. */
const EPSILON = 1e-8;

export interface Adagrad {
  readonly weights: Float32Array;
  readonly squares: Float32Array;
}

export function adagrad(size: number): Adagrad {
  return { weights: new Float32Array(size), squares: new Float32Array(size) };
}

/**
 * One step of one weight. An example of weight w counts like w copies of it: it adds w squares, and moves w times as
 * far. (With the weight inside the gradient the squares would cancel it for features that only such examples have.)
 */
export function descend(
  { weights, squares }: Adagrad,
  at: number,
  gradient: number,
  weight: number,
  rate: number,
): void {
  const sum = squares[at]! + weight * gradient * gradient;
  squares[at] = sum;
  weights[at] = weights[at]! - (rate * weight * gradient) / sqrt(sum + EPSILON);
}
