/** The workflow types, one a strategy, and their common child. */
export { entigraph } from './entigraph';
export { errorExtrapolation } from './error-extrapolation';
export { generate } from './generate';
export { providerBatch } from './provider-batch';
export { promptTemplate } from './prompt-template';
export { studentRows } from './student-rows';
