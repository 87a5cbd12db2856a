/** A trainer without a model: it speaks the contract, or breaks it as `options.act` says. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const job = JSON.parse(readFileSync(process.argv[process.argv.indexOf('--job') + 1], 'utf8'));
const say = (event, members = {}) => process.stdout.write(`${JSON.stringify({ event, ...members })}\n`);
const hello = (more = {}) =>
  say('hello', { contract: 1, name: 'fake', version: '1', tasks: ['train', 'predict'], ...more });
const rowsOf = (file) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

function checkpoint(step) {
  const part = join(job.checkpoints, `.part-${step}`);
  const folder = join(job.checkpoints, `step-${step}`);
  mkdirSync(part);
  const state = `state of step ${step}`;
  writeFileSync(join(part, 'state'), state);
  const sha256 = createHash('sha256').update(state).digest('hex');
  const files = { state: { sha256, bytes: state.length } };
  writeFileSync(join(part, 'manifest.json'), JSON.stringify({ runId: job.runId, step, files }));
  renameSync(part, folder);
  say('checkpoint', { step, folder });
}

function finish(rows, metrics) {
  writeFileSync(job.model, 'a trained student');
  say('result', { rows, epochs: 2, metrics });
}

const acts = {
  train() {
    hello();
    const rows = rowsOf(job.examples);
    const resumed =
      job.resumeFrom === undefined ? {} : { resumedFrom: Number(job.resumeFrom.split('-').pop()) };
    say('start', { rows: rows.length, steps: 4, ...resumed });
    say('progress', { step: 2, steps: 4, epoch: 1, loss: 0.5 });
    say('eval', { epoch: 1, step: 2, metrics: { accuracy: 0.5 } });
    say('warning', { message: 'little memory' });
    say('an-event-of-a-later-contract', { more: true });
    finish(rows.length, { accuracy: 0.75, resumed: resumed.resumedFrom ?? 0 });
  },
  exit() {
    hello();
    say('error', { message: 'said so, with key sk-secret-12345678' });
    process.exitCode = job.options.code;
  },
  dies() {
    hello();
    checkpoint(3);
    process.stderr.write('out of luck\n', () => process.kill(process.pid, 'SIGKILL'));
  },
  silent() {
    hello();
    setInterval(() => undefined, 1_000);
  },
  mute() {
    setInterval(() => undefined, 1_000);
  },
  garbage() {
    process.stdout.write('a library greets\n{"not": "an event"}\n[1, 2\n');
    acts.train();
  },
  flood() {
    hello();
    for (let line = 0; line < 200; line += 1) process.stdout.write(`noise ${line}\n`);
    setInterval(() => undefined, 1_000);
  },
  huge() {
    hello();
    process.stdout.write('x'.repeat(200_000));
    setInterval(() => undefined, 1_000);
  },
  malformed() {
    hello();
    say('progress', { step: 'two', steps: 4 });
    setInterval(() => undefined, 1_000);
  },
  'no-hello'() {
    say('start', { rows: 1, steps: 1 });
    setInterval(() => undefined, 1_000);
  },
  'later-contract'() {
    hello({ contract: 2 });
    setInterval(() => undefined, 1_000);
  },
  'no-model'() {
    hello();
    say('result', { rows: 1 });
  },
  'no-result'() {
    hello();
  },
  environment() {
    hello();
    say('error', {
      message: Object.keys(process.env)
        .filter((name) => /KEY|CUDA/.test(name))
        .join(),
    });
    process.exitCode = 64;
  },
  /** Ends well where it is asked to end. */
  stoppable() {
    process.on('SIGTERM', () => {
      checkpoint(2);
      process.exit(143);
    });
    hello();
    say('start', { rows: 1, steps: 4 });
    setInterval(() => undefined, 1_000);
  },
};

function predict() {
  hello();
  const items = rowsOf(job.items);
  const model = readFileSync(job.model, 'utf8');
  const wrong = model.startsWith('wrong:') ? model.slice(6) : '';
  const lines = items.map((item) => {
    if (job.subject.kind === 'extractive-qa')
      return {
        id: item.id,
        answer: { text: item.context.slice(0, 2), start: wrong === 'start' ? 1 : 0 },
        probability: 0.5,
      };
    const share = wrong === 'sum' ? 0.9 : 1 / job.subject.labels.length;
    return { id: wrong === 'id' ? 'other' : item.id, probabilities: job.subject.labels.map(() => share) };
  });
  if (wrong === 'short') lines.pop();
  if (wrong === 'long') lines.push(lines[0]);
  writeFileSync(job.output, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  say('result', { rows: items.length });
}

if (job.task === 'predict') predict();
else acts[job.options.act ?? 'train']();
