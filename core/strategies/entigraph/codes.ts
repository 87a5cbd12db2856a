/** Rejection reasons and block codes of this strategy's own. */
export const ENTIGRAPH_CODES = {
  'entities-empty': 'The model listed no entity for a window, not even after new draws.',
  'sections-missing': 'A relation in Markdown does not have one headed account per thing and one analysis.',
  'entity-unmentioned': 'An account (in plain format: the text) does not mention the thing it is about.',
  'degenerate-repetition': 'Fewer than half of the text’s runs of four words are different.',
  'document-id-conflict':
    'One document id names two different texts; go on without the later one (drop-lines) or give ids of their own.',
  'documents-invalid':
    'Lines of the documents input cannot be used; go on without them (drop-lines) or correct them.',
  'no-documents': 'No usable document is left, so there is nothing to generate from.',
} as const;
