import type { Report } from '../../core/report';

const EXTRACT = {
  stage: 'extract',
  title: 'Entities of every window',
  kind: 'rows',
  planned: 412,
  accepted: 405,
  rejected: 6,
  failed: 1,
  reasons: { unparsable: 4, 'entities-empty': 2, timeout: 1 },
  calls: 431,
  inputTokens: 913_402,
  outputTokens: 88_120,
  costUsd: 0.4046,
} as const;

const GENERATE = {
  stage: 'entigraph',
  title: 'Relations between entities',
  kind: 'rows',
  planned: 12_000,
  accepted: 11_412,
  rejected: 561,
  failed: 27,
  reasons: { refusal: 231, 'source-copy': 184, truncated: 101, 'prompt-leak': 45, 'model-error': 27 },
  calls: 12_388,
  inputTokens: 24_210_113,
  outputTokens: 6_812_440,
  costUsd: 19.67,
} as const;

const SELECT = {
  stage: 'select-entigraph',
  title: 'Near-duplicates removed',
  kind: 'rows',
  planned: 11_412,
  accepted: 10_934,
  rejected: 478,
  failed: 0,
  reasons: { 'duplicate-near': 478 },
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: 0,
} as const;

const NO_CALLS = {
  kind: 'transform',
  planned: 0,
  accepted: 0,
  rejected: 0,
  failed: 0,
  reasons: {},
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: 0,
} as const;

/** A finished job with losses, a crash, prices and every kind of section block. */
export const SAMPLE_REPORT: Report = {
  title: 'Harbour almanac, rewritten for continued pretraining',
  verdict:
    '10,934 passages connect the entities of 38 documents. Whether they help a student was not measured in this run.',
  strategy: 'entigraph',
  strategyVersion: 1,
  paper: 'Synthetic continued pretraining (arXiv 2409.07431)',
  jobId: 'entigraph-01jd5m3x0c8v2f6qk4n9t7w1rz',
  state: 'succeeded',
  seed: 1,
  models: { generator: 'mine/big-1', extractor: 'mine/small-1' },
  params: { target: { tokens: 5_000_000 }, tupleSizes: [2, 3], temperature: 1, nearDuplicateMin: 0.8 },
  createdAt: '2026-11-20T21:04:11.000Z',
  finishedAt: '2026-11-21T05:47:52.000Z',
  records: 10_934,
  datasetHash: '9f2c1b7de04a55f3c6b8d9e7a1f0c2d4e6b8a0c1d3e5f7a9b1c3d5e7f9a1b3c5',
  stages: [
    { ...NO_CALLS, stage: 'ingest', title: 'Documents read and cut into windows' },
    EXTRACT,
    { ...NO_CALLS, stage: 'canonicalise', title: 'Names of one thing merged' },
    GENERATE,
    SELECT,
  ],
  proof: {
    rows: { planned: 23_824, accepted: 22_751, rejected: 1_045, failed: 28 },
    open: 0,
    calls: 12_819,
    callsReused: 310,
    callsRepeated: 41,
    callsInDoubt: 2,
    runs: 2,
    balanced: true,
  },
  cost: {
    usd: 20.0746,
    usdPriced: 20.0746,
    usdInDoubt: 0,
    unpriced: [],
    pricesFrom: { 'mine/big-1': 'configuration' },
    callsEstimated: 0,
    inputTokens: 25_123_515,
    outputTokens: 6_900_560,
    estimatedCalls: { low: 11_800, high: 14_200 },
  },
  notes: [
    'No student was trained: this run shows how the data was made, not that it helps.',
    'Two documents gave half of all entities; their share of the dataset is 31 %.',
  ],
  sections: [
    {
      title: 'Documents and entities',
      blocks: [
        { type: 'text', text: 'Each document is cut into windows, and each window names its entities.' },
        {
          type: 'facts',
          facts: {
            Documents: 38,
            Windows: 412,
            'Entities kept': 1_906,
            'Merged names': 288,
            'Tokens per record': 631.4,
          },
        },
        {
          type: 'table',
          columns: ['Document', 'Entities', 'Records', 'Share'],
          rows: [
            ['The tides of the estuary', 184, 1_702, '15.6 %'],
            ['Pilots and their boats', 171, 1_684, '15.4 %'],
            ['A keeper’s year', 96, 804, '7.4 %'],
          ],
        },
      ],
    },
    {
      title: 'What it is worth',
      blocks: [
        {
          type: 'lines',
          title: 'Accuracy on the selection rows, round by round',
          caption: 'Bands are 95 % intervals over three seeds.',
          x: { label: 'round' },
          y: { label: 'accuracy', format: 'share' },
          at: [0, 1, 2, 3],
          series: [
            {
              name: 'errors extrapolated',
              values: [0.712, 0.788, 0.831, 0.842],
              low: [0.69, 0.77, 0.81, 0.82],
              high: [0.734, 0.806, 0.852, 0.864],
            },
            {
              name: 'as many random rows',
              values: [0.712, 0.751, 0.763, null],
              low: [0.69, 0.73, 0.74, null],
              high: [0.734, 0.772, 0.786, null],
            },
            { name: 'seed only', values: [0.712, 0.726, 0.734, 0.737] },
          ],
        },
        {
          type: 'forest',
          title: 'Differences on the test rows',
          caption: 'An interval that crosses the dashed line shows no difference.',
          x: { label: 'accuracy, difference', format: 'share' },
          reference: 0,
          rows: [
            { label: 'errors − random rows', mean: 0.071, low: 0.042, high: 0.101 },
            { label: 'errors − seed only', mean: 0.098, low: 0.066, high: 0.131 },
            { label: 'gold + errors − gold only', mean: 0.008, low: -0.012, high: 0.029 },
          ],
        },
        {
          type: 'histogram',
          title: 'Length of the texts',
          x: { label: 'words' },
          y: { label: 'texts' },
          edges: [0, 50, 100, 150, 200, 250, 300],
          series: [
            { name: 'gold', counts: [12, 61, 148, 120, 44, 15] },
            { name: 'synthetic', counts: [2, 24, 190, 166, 18, 0] },
          ],
        },
        {
          type: 'bars',
          title: 'Errors by label',
          x: { label: 'label' },
          y: { label: 'rows' },
          categories: ['about the harbour', 'about the weather', 'about a person, alive or dead'],
          series: [
            { name: 'before', values: [81, 44, 102] },
            { name: 'after', values: [40, 39, 51] },
          ],
        },
      ],
    },
    {
      title: 'Samples',
      blocks: [
        {
          type: 'samples',
          samples: [
            {
              title: 'Spring tide × pilot station',
              text: 'The pilot station keeps two boats ready at spring tide, because the bar can only be crossed for forty minutes.\n\nThe almanac explains the habit by the loss of 1887.',
            },
            {
              title: 'Bell buoy × harbour master',
              text: 'When the bell buoy drifted, the harbour master closed the northern channel.',
            },
          ],
        },
      ],
    },
  ],
};
