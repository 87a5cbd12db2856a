/** The workflow types, one a strategy, and their common child. */
export { entigraph } from './entigraph';
export { generate } from './generate';
export { promptTemplate } from './prompt-template';
