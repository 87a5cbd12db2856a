/** The registry of workflow types with one line more. */
export * from '../../../workflows';
export { toyEcho } from './story';
export { toyStudent } from './student-story';
