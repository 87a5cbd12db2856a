/** Rejection reasons, block codes and refusals of this strategy's own. */
export const ERROR_EXTRAPOLATION_CODES = {
  'label-unknown': 'A row of gold or test has a label that the task does not have.',
  'labels-ambiguous': 'Two labels share a phrase, so that no prompt could tell them apart.',
  'label-count': 'A label has too few gold rows to be mined for errors.',
  'gold-count': 'Gold has fewer than 100 or more than 200,000 rows.',
  'id-duplicate': 'Two rows of one input share an id.',
  'rows-invalid': 'Lines of an input cannot be used; go on without them (drop-lines) or correct them.',
  'answer-offset': 'An answer does not stand where its start says, and not in exactly one other place.',
  'test-overlap': 'Test rows repeat rows of gold, so that a score on them would say nothing.',
  'split-empty': 'One context or group holds so much of gold that a split is left without rows.',
  'context-long': 'A row’s prompt does not fit into the model’s context.',
  form: 'A question without a question mark, or a target that is no sentence.',
  'answer-shown': 'A question holds the answer that it asks for.',
  'answer-missing': 'The answer of a question does not stand in its context.',
  'label-disagrees': 'The judge gives the text another label, or the question another answer.',
  'artefact-rebalance': 'Removed so that labels are equally frequent in texts of every length.',
  'round-discarded': 'A person, or onArtefact, discarded the round.',
  preflight:
    'Too few answers could be read, or the judge disagrees with the model’s own previews; accept, or try again with another model or other prompts.',
  artefact: 'The surface of new rows gives their label away far more than that of gold does.',
} as const;
