/**
 * One prompt for every row of a table: the smallest strategy, and the pattern for the next one. No paper: the template
 * is filled in with the fields of each row, and the answer, as text or as checked JSON, is the record.
 */
import { defineStrategy } from '../../strategy';
import { check } from './check';
import { estimate, pilot } from './estimate';
import { examples } from './examples';
import { promptTemplateParams, type PromptTemplateParams } from './params';
import { report } from './report';
import { generate } from './stages';
import { GENERATE } from './story';

export const promptTemplate = defineStrategy<PromptTemplateParams>({
  name: 'prompt-template',
  version: 1,
  title: 'Prompt template',
  summary: 'Fills a prompt with the fields of each row of a table and keeps the answers, as text or as JSON.',
  params: promptTemplateParams,
  presets: {},
  inputs: {
    rows: { required: true, description: 'A table: one prompt for each row.', formats: ['jsonl', 'csv'] },
  },
  models: {
    generator: { required: true, description: 'Answers the prompts.', capability: 'chat' },
  },
  prompts: {},
  stages: { [GENERATE]: generate },
  codes: {},
  examples,
  facts: () => ({}),
  badRowShareMax: (params) => params.badRowShareMax,
  check,
  estimate,
  pilot,
  scripted: () => undefined,
  report,
});
