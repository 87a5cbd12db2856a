/**
 * A linear student as bytes: magic; version and header length (u32 each); a JSON header; the features that have weights
 * (u32, ascending); their weights (f32, class by class; the bias last). Little-endian; equal students are equal bytes.
 */
import { z } from 'zod';
import type { AnswerModel } from './answers';
import { FEATURES } from './hashing';
import { isAnswerModel, type LabelStudent, type LinearStudent } from './linear-student';

const MAGIC = 'PERENLIN';
/** Raise it when bytes are laid out otherwise, or when features are hashed otherwise. */
const VERSION = 1;
const WORD_BYTES = 4;
const PREFIX_BYTES = MAGIC.length + 2 * WORD_BYTES;
const BLANK = 0x20;

const headerSchema = z.strictObject({
  task: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['text', 'pair']), labels: z.array(z.string()).min(1) }),
    z.strictObject({ kind: z.literal('extractive-qa') }),
  ]),
  /** How many features have weights. */
  rows: z.int().min(0).max(FEATURES),
  weights: z.int().min(0),
  epochs: z.int().min(0),
});
type Header = z.infer<typeof headerSchema>;

interface Parts {
  readonly features: readonly number[];
  readonly weights: Float32Array;
}

export function writeLinear(student: LinearStudent): Uint8Array {
  const { features, weights } = isAnswerModel(student) ? spanParts(student) : labelParts(student);
  const { epochs } = student.model;
  const header = JSON.stringify({
    task: student.task,
    rows: features.length,
    weights: weights.length,
    epochs,
  });
  const encoded = new TextEncoder().encode(header);
  const headerBytes = Math.ceil(encoded.length / WORD_BYTES) * WORD_BYTES;
  const bytes = new Uint8Array(PREFIX_BYTES + headerBytes + WORD_BYTES * (features.length + weights.length));
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(MAGIC.length, VERSION, true);
  view.setUint32(MAGIC.length + WORD_BYTES, headerBytes, true);
  bytes.fill(BLANK, PREFIX_BYTES, PREFIX_BYTES + headerBytes);
  bytes.set(encoded, PREFIX_BYTES);
  const from = PREFIX_BYTES + headerBytes;
  features.forEach((feature, i) => view.setUint32(from + i * WORD_BYTES, feature, true));
  const then = from + features.length * WORD_BYTES;
  weights.forEach((weight, i) => view.setFloat32(then + i * WORD_BYTES, weight, true));
  return bytes;
}

export function readLinear(bytes: Uint8Array): LinearStudent {
  const { task, epochs, features, weights } = partsOf(bytes);
  if (task.kind === 'extractive-qa') {
    const byFeature = new Float32Array(FEATURES);
    features.forEach((feature, row) => (byFeature[feature] = weights[row]!));
    return { task, model: { weights: byFeature, epochs } };
  }
  const slots = new Int32Array(FEATURES).fill(-1);
  features.forEach((feature, row) => (slots[feature] = row));
  const classes = new Set(task.labels).size;
  return { task, model: { classes, features: FEATURES, slots, weights, epochs } };
}

function labelParts({ model }: LabelStudent): Parts {
  // Slots ascend with the feature, so that weights stand in the file as they do in memory.
  const features = Array.from(model.slots.keys()).filter((feature) => model.slots[feature]! >= 0);
  return { features, weights: model.weights };
}

function spanParts({ model }: AnswerModel): Parts {
  const features = Array.from(model.weights.keys()).filter((feature) => model.weights[feature] !== 0);
  return { features, weights: Float32Array.from(features, (feature) => model.weights[feature]!) };
}

function partsOf(bytes: Uint8Array): Omit<Header, 'weights'> & Parts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC || bytes.length < PREFIX_BYTES)
    throw foreign(`expected it to begin with "${MAGIC}", got ${JSON.stringify(magic)}`);
  const version = view.getUint32(MAGIC.length, true);
  if (version !== VERSION)
    throw foreign(`expected version ${VERSION}, got ${version}; train the student again`);
  const headerBytes = view.getUint32(MAGIC.length + WORD_BYTES, true);
  const from = PREFIX_BYTES + headerBytes;
  const header = headerOf(bytes.subarray(PREFIX_BYTES, from));
  const then = from + header.rows * WORD_BYTES;
  const size = then + header.weights * WORD_BYTES;
  if (bytes.length !== size) throw foreign(`expected ${size} bytes by its header, got ${bytes.length}`);
  const features = Array.from({ length: header.rows }, (_, i) => view.getUint32(from + i * WORD_BYTES, true));
  if (features.some((feature, i) => feature >= FEATURES || feature <= (features[i - 1] ?? -1)))
    throw foreign(`expected ascending features below ${FEATURES}`);
  const weights = Float32Array.from({ length: header.weights }, (_, i) =>
    view.getFloat32(then + i * WORD_BYTES, true),
  );
  return { ...header, features, weights };
}

function headerOf(bytes: Uint8Array): Header {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw foreign('its header is not JSON');
  }
  const { success, data, error } = headerSchema.safeParse(value);
  if (!success) throw foreign(`its header is not one of a student: ${z.prettifyError(error)}`);
  const perRow = data.task.kind === 'extractive-qa' ? 1 : new Set(data.task.labels).size;
  const bias = data.task.kind === 'extractive-qa' ? 0 : perRow;
  if (data.weights !== data.rows * perRow + bias)
    throw foreign(`expected ${data.rows * perRow + bias} weights, got ${data.weights}`);
  return data;
}

function foreign(what: string): Error {
  return new Error(`These bytes are no linear student: ${what}.`);
}
