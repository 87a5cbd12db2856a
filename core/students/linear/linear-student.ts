/**
 * The built-in student: a linear model on hashed features, trained in milliseconds, the same on every run.
 * It shows what data teaches; it does not compete with a pretrained model.
 */
import type { Example, LabelPrediction, Prediction, StudentItem, StudentTask } from '../student';
import { EPOCHS_DEFAULT, RATE_DEFAULT, softmaxesOf, trainSoftmaxFrom, type Softmax } from '../softmax';
import { epochScore, type EpochScore } from '../best-epoch';
import { FeatureBag, packedRows } from './feature-bag';
import { FEATURES } from './hashing';
import { addPairFeatures } from './pair-features';
import { addTextFeatures } from './text-features';
import { answerSpans, answerLoss, trainAnswers, type AnswerModel } from './answers';

type LabelTask = Exclude<StudentTask, { kind: 'extractive-qa' }>;

export type LinearStudent = LabelStudent | AnswerModel;
export interface LabelStudent {
  readonly task: LabelTask;
  /** Its classes are the task's labels in code unit order: another order of the same labels changes nothing. */
  readonly model: Softmax;
}

export interface LinearOptions {
  readonly seed: number;
  readonly epochs?: number;
  readonly rate?: number;
  /** Chooses the best epoch; absent: the last one is kept. */
  readonly validation?: readonly Example[];
}

export function trainLinear(
  task: StudentTask,
  examples: readonly Example[],
  options: LinearOptions,
): LinearStudent {
  const { seed, epochs = EPOCHS_DEFAULT, rate = RATE_DEFAULT, validation } = options;
  if (task.kind === 'extractive-qa')
    return trainAnswers(examples, { seed, epochs, rate, ...(validation && { validation }) });
  const classes = classesOf(task);
  const rows = packedRows(
    packAll(task, examples),
    examples.map((example) => classOf(classes, example)),
    examples.map(({ weight }) => weight),
  );
  const model = trainSoftmaxFrom(rows, {
    classes: classes.size,
    features: FEATURES,
    seed,
    epochs,
    rate,
    ...(validation !== undefined && validation.length > 0 && { validate: validator(task, validation) }),
  });
  return { task, model };
}

export function predictLinear(student: LinearStudent, items: readonly StudentItem[]): Prediction[] {
  if (isAnswerModel(student)) return answerSpans(student, items);
  const classes = classesOf(student.task);
  const order = student.task.labels.map((label) => classes.get(label)!);
  const probabilities = softmaxesOf(student.model, packedRows(packAll(student.task, items)));
  return Array.from(probabilities, (byClass, i): LabelPrediction => ({
    id: items[i]!.id,
    probabilities: order.map((place) => byClass[place]!),
  }));
}

/** Mean negative log-likelihood of the label, or of the answer's span. */
export function linearLoss(student: LinearStudent, examples: readonly Example[]): number {
  if (isAnswerModel(student)) return answerLoss(student, examples);
  return validator(student.task, examples)(student.model).loss;
}

export function isAnswerModel(student: LinearStudent): student is AnswerModel {
  return student.task.kind === 'extractive-qa';
}

/** Packs the examples once, then scores any model on them. */
function validator(task: LabelTask, examples: readonly Example[]): (model: Softmax) => EpochScore {
  const classes = classesOf(task);
  const labels = examples.map((example) => classOf(classes, example));
  const rows = packedRows(packAll(task, examples));
  return (model) =>
    epochScore(
      Array.from(softmaxesOf(model, rows), (probabilities, row) => {
        const probability = probabilities[labels[row]!]!;
        const rivals = probabilities.filter((rival) => rival >= probability).length - 1;
        return { right: rivals === 0, probability };
      }),
    );
}

function classesOf({ labels }: LabelTask): ReadonlyMap<string, number> {
  return new Map([...new Set(labels)].sort().map((label, place) => [label, place]));
}

function classOf(classes: ReadonlyMap<string, number>, { id, label }: Example): number {
  const found = label === undefined ? undefined : classes.get(label);
  if (found === undefined)
    throw new Error(
      `Example "${id}" has the label ${JSON.stringify(label)}; expected one of ${[...classes.keys()].join(', ')}`,
    );
  return found;
}

function packAll({ kind }: LabelTask, items: readonly StudentItem[]): Uint32Array[] {
  const bag = new FeatureBag();
  return items.map(({ text = '', context = '', target = '' }) => {
    if (kind === 'pair') addPairFeatures(bag, context, target);
    else addTextFeatures(bag, text);
    return bag.pack();
  });
}
