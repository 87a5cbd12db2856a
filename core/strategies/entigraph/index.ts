/**
 * EntiGraph: synthetic continued pretraining. Yang, Band, Li, Candès, Hashimoto, 2024, arXiv 2409.07431.
 *
 * Continued pretraining on a small corpus teaches little, because each fact is stated once, in one wording. A model
 * lists each document's entities; for every pair and some triples it retells the document from the angle of each and
 * analyses how they bear on one another. The texts, replayed with general text, are what a student is trained on.
 *
 * Deviations: entities are cleaned and merged, and capped, so that documents weigh alike (the reference spends tokens by
 * the square of the entities); triples are drawn by rank without replacement instead of without end; long documents are
 * cut into windows; a target in tokens or calls ends generation, and every prefix of the order is balanced over the
 * documents; answers are checked and refused with a reason; at most a million triples of a document are drawn. A
 * document with fewer than two entities contributes its summaries only. The `plain` format has a prompt of its own, a
 * question behind the document: of a 135M model's answers to the paper's prompt one in eight could be used, to the
 * question half and more.
 */
import { defineStrategy } from '../../strategy';
import { checkEntigraph } from './check';
import { ENTIGRAPH_CODES } from './codes';
import { estimateEntigraph, pilotEntigraph } from './estimate';
import { ENTIGRAPH_EXAMPLES } from './examples';
import { entigraphParamsSchema, entigraphPresets } from './params';
import type { EntigraphParams } from './params';
import { ENTIGRAPH_PROMPTS } from './prompts';
import { reportEntigraph } from './report';
import { scriptedEntigraph } from './scripted';
import { ENTIGRAPH_STAGES } from './stages';
import type { EntigraphFacts } from './story';

const FACTS: EntigraphFacts = { generatedArms: ['entigraph'] };

export const entigraph = defineStrategy<EntigraphParams>({
  name: 'entigraph',
  version: 2,
  title: 'EntiGraph',
  summary:
    'Turns private documents into a corpus for continued pretraining: many texts about how their entities bear on one another.',
  paper: { title: 'Synthetic continued pretraining', arxiv: '2409.07431' },
  params: entigraphParamsSchema,
  presets: entigraphPresets,
  inputs: {
    documents: {
      required: true,
      description:
        'Documents with a text of 200 to 2,000,000 characters: id, title, author, date, source, licence, text.',
      formats: ['jsonl', 'csv', 'txt', 'md'],
    },
  },
  models: {
    generator: { required: true, description: 'Lists entities and writes the texts', capability: 'chat' },
  },
  prompts: ENTIGRAPH_PROMPTS,
  stages: ENTIGRAPH_STAGES,
  codes: ENTIGRAPH_CODES,
  examples: ENTIGRAPH_EXAMPLES,
  facts: () => ({ ...FACTS }),
  badRowShareMax: ({ badRowShareMax }) => badRowShareMax,
  check: checkEntigraph,
  estimate: estimateEntigraph,
  pilot: pilotEntigraph,
  scripted: scriptedEntigraph,
  report: reportEntigraph,
});
