/**
 * Synthesis step by step: errors of a small model, imitated by a large one. Wang, Zhou, Sachan, EMNLP Findings 2023,
 * arXiv 2310.13671 ("S3").
 *
 * A large model writes a labelled seed set. A small student trained on it predicts real labelled rows; the large model
 * imitates each row that the student got wrong; the imitations join the seed, and a fresh student is trained. So the gap
 * between what the model writes by itself and what is really said is closed where the student shows it.
 *
 * Deviations (preset `paper` takes them back as far as the paper says what it did): gold is split in three, by groups of
 * like rows, so that no row both finds errors and measures (the reference validates on the rows it mines); what is
 * written is cleaned, filtered, judged, and tested for surface marks of its label; rows that gold itself seems to have
 * wrong are listed and not imitated; errors are taken in balance over the labels, few at a time, over more rounds, each
 * in several variants; imitations are weighed against the seed; students are trained with several seeds, and gold may
 * join the training; rounds end when they bring nothing. Every claim needs a matched arm: the same calls, spent on
 * random rows instead of errors. With `rowWeights: dimp` the two students that weigh a row are `linear`, whatever the
 * job's student is.
 */
import { defineStrategy } from '../../strategy';
import { checkErrorExtrapolation } from './check';
import { ERROR_EXTRAPOLATION_CODES } from './codes';
import { estimateErrorExtrapolation, pilotErrorExtrapolation } from './estimate';
import { ERROR_EXTRAPOLATION_EXAMPLES } from './examples';
import { errorExtrapolationParamsSchema, errorExtrapolationPresets } from './params';
import type { ErrorExtrapolationParams } from './params';
import { checkPrompts, ERROR_EXTRAPOLATION_PROMPTS } from './prompts';
import { reportErrorExtrapolation } from './report';
import { scriptedErrorExtrapolation } from './scripted';
import { ERROR_EXTRAPOLATION_STAGES, stageNamed } from './stages';
import { generatedArms } from './stages/final-students';
import type { ErrorExtrapolationFacts } from './story';

export const errorExtrapolation = defineStrategy<ErrorExtrapolationParams>({
  name: 'error-extrapolation',
  version: 1,
  title: 'Error extrapolation',
  summary:
    'Writes labelled training data for a small model, aimed at the errors that the model still makes on real rows.',
  paper: {
    title:
      "Let's Synthesize Step by Step: Iterative Dataset Synthesis with Large Language Models by Extrapolating Errors from Small Models",
    arxiv: '2310.13671',
  },
  params: errorExtrapolationParamsSchema,
  presets: errorExtrapolationPresets,
  inputs: {
    gold: {
      required: true,
      description:
        'Labelled rows, 100 to 200,000: text and label; context, target and label; or context, question and answers.',
      formats: ['jsonl', 'csv'],
    },
    test: {
      required: false,
      description:
        'Labelled rows that are looked at once, at the end; without them a part of gold is set apart.',
      formats: ['jsonl', 'csv'],
    },
    contexts: {
      required: false,
      description: 'Contexts to write about, for pairs and questions; without them those of gold are taken.',
      formats: ['jsonl', 'csv'],
    },
  },
  models: {
    generator: { required: true, description: 'Writes the rows', capability: 'chat' },
    judge: {
      required: false,
      fallback: 'generator',
      description: 'Checks their labels; default: the generator',
      capability: 'chat',
    },
    embedder: {
      required: false,
      description: 'Vectors for clusters of errors; default: hashed words',
      capability: 'embed',
    },
  },
  students: {
    main: {
      required: true,
      description: 'The small model that the data is for',
      tasks: ['text', 'pair', 'extractive-qa'],
    },
  },
  studentTask: (_role, { task }) => task.kind,
  prompts: ERROR_EXTRAPOLATION_PROMPTS,
  checkPrompts,
  stages: ERROR_EXTRAPOLATION_STAGES,
  stageNamed,
  codes: ERROR_EXTRAPOLATION_CODES,
  examples: ERROR_EXTRAPOLATION_EXAMPLES,
  facts: (params) => ({ ...factsOf(params) }),
  badRowShareMax: ({ badRowShareMax }) => badRowShareMax,
  check: checkErrorExtrapolation,
  estimate: estimateErrorExtrapolation,
  pilot: pilotErrorExtrapolation,
  scripted: scriptedErrorExtrapolation,
  report: reportErrorExtrapolation,
});

function factsOf(params: ErrorExtrapolationParams): ErrorExtrapolationFacts {
  const { replicates, topUpWavesMax } = params;
  return { generatedArms: generatedArms(params), replicates, topUpWavesMax };
}
