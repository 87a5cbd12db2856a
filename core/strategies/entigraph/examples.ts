import type { Json } from '../../json';

const KEEPERS =
  'The lighthouse on Skerry Point was built in 1851 by the engineer Thomas Arden, who had lost a brother to the reef the year ' +
  'before. Its first keeper was Hannah Lisle. She trimmed the lamp for thirty-one years and kept a weather diary that the ' +
  'Harbour Board in Carrow still holds. In the winter of 1867 the barque Ondine struck the reef below the tower. Hannah Lisle ' +
  'and her nephew Peter Lisle brought nine sailors ashore in the station boat, and the Harbour Board gave them a silver medal. ' +
  'Thomas Arden came to Skerry Point once more in 1870 to replace the oil lamp with a Fresnel lens. The lens was shipped from ' +
  'Paris to Carrow and carried up the cliff by the men of the Ondine, who had stayed in the village.';
const MARSH =
  'For two centuries the people of Wend Marsh cut peat and paid their rent to Alder Abbey. When the abbey was closed, the land ' +
  'went to the Corvin family, and Edmund Corvin had the marsh drained. He hired the Dutch surveyor Jan Verhoef, who dug the ' +
  'Long Cut from the village to the river Sall. The drained soil sank by a hand every ten years, so that the Long Cut soon ' +
  'stood higher than the fields. In 1799 the bank gave way and Wend Marsh was flooded for a whole summer. The schoolmistress ' +
  'Ruth Ansell wrote down what the families had lost and sent the list to Edmund Corvin, who paid for a pump driven by wind. ' +
  'The Sall Pump, as it was called, turned until 1911. Today the Long Cut is a path for walkers, and the list of Ruth Ansell ' +
  'hangs in the church.';

/** A job body that runs as it is, on the scripted model. */
export const ENTIGRAPH_EXAMPLES: readonly Readonly<Record<string, Json>>[] = [
  {
    strategy: 'entigraph',
    params: { target: { calls: 40 }, rowTokensMin: 30 },
    inputs: {
      documents: [
        {
          id: 'skerry-point',
          title: 'The Keepers of Skerry Point',
          author: 'M. Hale',
          date: '1911',
          text: KEEPERS,
        },
        {
          id: 'wend-marsh',
          title: 'A Short History of Wend Marsh',
          author: 'R. Tolland',
          date: '1924',
          text: MARSH,
        },
      ],
    },
    models: { generator: 'scripted/scripted-1' },
  },
];
