/** Reads `gold`, `test` and `contexts` row by row: each is a row, or a fault that names line and field. */
import { sha256 } from '../../hash';
import type { InputItem } from '../../strategy';
import type { StudentTask } from '../../students/student';
import type { ReadAnswers } from './gold-answers';
import { readAnswers } from './gold-answers';
import type { LineFault } from './gold-faults';
import type { Fields, Read } from './gold-fields';
import { fieldsOf, quoted, readLabel, readName, readText } from './gold-fields';
import { groupHash, partsOf, textHash, tidyText } from './gold-text';
import type { GoldRow, Texts } from './records';

/** Labels that a message lists; a task may have 200. */
const LABELS_SHOWN_MAX = 20;
const ID_DIGITS = 16;
const LABEL_SEPARATOR = '\u0000';

export type LabelledRole = 'gold' | 'test';
export interface GoldTask {
  readonly kind: StudentTask['kind'];
  readonly labels: readonly { readonly id: string }[];
}
/** A row of `contexts`: what seed rows are written about. */
export interface ContextRow {
  readonly context: string;
  readonly answers?: ReadAnswers['answers'];
  readonly group: string;
  readonly line: number;
}

const TEXT_FIELDS = {
  text: ['text'],
  pair: ['context', 'target'],
  'extractive-qa': ['context', 'question'],
} as const;

/**
 * The rows of a file, in its order; a second row with one id is a fault, and so not read twice. Equal input gives equal
 * rows each time it is read.
 */
export async function* readGold(
  items: AsyncIterable<InputItem>,
  task: GoldTask,
  role: LabelledRole,
  onRepair?: (line: number) => void,
): AsyncIterable<GoldRow | LineFault> {
  const ids = new GoldIds();
  const labels = new Set(task.labels.map(({ id }) => id));
  let firstFile: string | undefined;
  for await (const item of items) {
    firstFile ??= item.file;
    const at = placeOfItem(item, role, firstFile);
    const read = readRow(item, task, labels);
    if ('fault' in read) {
      yield { code: read.code, line: item.line, message: `${at}: ${read.fault}` };
      continue;
    }
    const { id: given, group, row, repaired } = read;
    const taken = given === undefined ? undefined : ids.take(given, item, role);
    if (taken !== undefined) {
      yield { code: 'id-duplicate', line: item.line, message: taken };
      continue;
    }
    if (repaired > 0) onRepair?.(item.line);
    const id = given ?? ids.invent(role, task.kind, row);
    yield { id, group, ...row, line: item.line };
  }
}

/** The rows of `contexts`: for `pair` a context, for `extractive-qa` also its answers. */
export async function* readContexts(
  items: AsyncIterable<InputItem>,
  kind: StudentTask['kind'],
  onRepair?: (line: number) => void,
): AsyncIterable<ContextRow | LineFault> {
  let firstFile: string | undefined;
  for await (const item of items) {
    firstFile ??= item.file;
    const read = readContext(item, kind);
    if ('fault' in read) {
      const at = placeOfItem(item, 'contexts', firstFile);
      yield { code: read.code, line: item.line, message: `${at}: ${read.fault}` };
      continue;
    }
    if (read.repaired > 0) onRepair?.(item.line);
    yield { ...read.row, line: item.line };
  }
}

type RowRead =
  | {
      readonly row: Texts & { readonly label?: string };
      readonly group: string;
      readonly id: string | undefined;
      readonly repaired: number;
    }
  | RowFault;
interface RowFault {
  readonly code: string;
  readonly fault: string;
}
const invalid = (fault: string): RowFault => ({ code: 'rows-invalid', fault });

function readRow(item: InputItem, task: GoldTask, labels: ReadonlySet<string>): RowRead {
  const { kind } = task;
  const names = [...TEXT_FIELDS[kind], kind === 'extractive-qa' ? 'answers' : 'label'];
  const fields = fieldsOf(item, names);
  if ('fault' in fields) return invalid(fields.fault);
  const texts = readTexts(fields.value, kind);
  if ('fault' in texts) return invalid(texts.fault);
  const rest = readTarget(fields.value, task, labels, texts.value);
  if ('fault' in rest) return rest;
  const [id, group] = [readName(fields.value, 'id'), readName(fields.value, 'group')];
  if ('fault' in id) return invalid(id.fault);
  if ('fault' in group) return invalid(group.fault);
  return {
    row: { ...texts.value, ...rest.target },
    group: group.value ?? groupHash(partsOf(kind, texts.value)[0] ?? ''),
    id: id.value,
    repaired: rest.repaired,
  };
}

/** Offsets point into the context of question answering, so that it stays as it is. */
function readTexts(fields: Fields, kind: StudentTask['kind']): Read<Texts> {
  const texts: Record<string, string> = {};
  for (const name of TEXT_FIELDS[kind]) {
    const read = readText(fields, name);
    if ('fault' in read) return read;
    texts[name] = kind === 'extractive-qa' && name === 'context' ? read.value : tidyText(read.value);
  }
  return { value: texts };
}

function readTarget(
  fields: Fields,
  task: GoldTask,
  labels: ReadonlySet<string>,
  { context = '' }: Texts,
): { readonly target: Texts & { label?: string }; readonly repaired: number } | RowFault {
  if (task.kind === 'extractive-qa') {
    const read = readAnswers(fields, context);
    if ('fault' in read)
      return read.offset === true ? { ...read, code: 'answer-offset' } : invalid(read.fault);
    return { target: { answers: read.value.answers }, repaired: read.value.repaired };
  }
  const label = readLabel(fields);
  if ('fault' in label) return invalid(label.fault);
  if (labels.has(label.value)) return { target: { label: label.value }, repaired: 0 };
  const fault = `label ${quoted(label.value)} is not one of: ${listed([...labels])}.`;
  return { code: 'label-unknown', fault };
}

function readContext(
  item: InputItem,
  kind: StudentTask['kind'],
): { readonly row: Omit<ContextRow, 'line'>; readonly repaired: number } | RowFault {
  const isQa = kind === 'extractive-qa';
  const fields = fieldsOf(item, isQa ? ['context', 'answers'] : ['context']);
  if ('fault' in fields) return invalid(fields.fault);
  const read = readText(fields.value, 'context');
  if ('fault' in read) return invalid(read.fault);
  const group = groupHash(read.value);
  if (!isQa) return { row: { context: tidyText(read.value), group }, repaired: 0 };
  const answers = readAnswers(fields.value, read.value);
  if ('fault' in answers)
    return answers.offset === true ? { ...answers, code: 'answer-offset' } : invalid(answers.fault);
  const row = { context: read.value, answers: answers.value.answers, group };
  return { row, repaired: answers.value.repaired };
}

function listed(labels: readonly string[]): string {
  const shown = labels.slice(0, LABELS_SHOWN_MAX).join(', ');
  const more = labels.length - LABELS_SHOWN_MAX;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function placeOfItem({ file, line }: InputItem, role: LabelledRole | 'contexts', firstFile: string): string {
  const of = file === firstFile ? '' : ` of ${file}`;
  if (role === 'gold') return `Line ${line}${of}`;
  return `${role === 'test' ? 'Test' : 'Contexts'} line ${line}${of}`;
}

/** Ids of one input: given ones are unique, absent ones follow from the row's content. */
class GoldIds {
  private readonly given = new Map<string, { readonly line: number; readonly file: string }>();
  private readonly invented = new Map<string, number>();

  /** A message where the id is taken. */
  take(id: string, { line, file }: InputItem, role: LabelledRole): string | undefined {
    const earlier = this.given.get(id);
    if (earlier === undefined) {
      this.given.set(id, { line, file });
      return undefined;
    }
    const [one, two] =
      earlier.file === file
        ? [earlier.line, line]
        : [`${earlier.line} (${earlier.file})`, `${line} (${file})`];
    return `${role === 'test' ? 'Test lines' : 'Lines'} ${one} and ${two} share the id ${quoted(id)}.`;
  }

  /** Rows with equal content are numbered. */
  invent(role: LabelledRole, kind: StudentTask['kind'], row: Texts & { readonly label?: string }): string {
    const content = sha256([textHash(kind, row), row.label ?? ''].join(LABEL_SEPARATOR));
    const base = `${role}-${content.slice(0, ID_DIGITS)}`;
    const count = (this.invented.get(base) ?? 0) + 1;
    this.invented.set(base, count);
    return count === 1 ? base : `${base}-${count}`;
  }
}
