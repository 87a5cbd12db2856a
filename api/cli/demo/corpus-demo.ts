/** EntiGraph on chapters of a novel: a corpus that relates what they name. */
import { type Demo, CONCURRENCY, exportDemo, runDemoJob } from './demo-job';
import { proofLines, recordLines, rejectionLines, relationLines } from './proof';
import { CHAPTERS_MAX, loadProse } from './prose';
import { CALLS_MAX, type DemoSize, measureModel, sizeDemo } from './size';

const STAGE = 'entigraph';
const BUDGET_CALLS = 200;
const RECORDS_SHOWN = 3;
/** Speed that is assumed of a provider. */
const PROVIDER_TOKENS_PER_SECOND = 200;

export async function corpusDemo(demo: Demo): Promise<boolean> {
  const { terminal, client, config, model } = demo;
  const documents = Math.min(demo.options.documents, CHAPTERS_MAX);
  const size = await chooseSize(demo, documents);
  const prose = await loadProse(config.cache, documents, size.charactersPerDocument, (line) =>
    terminal.note(line),
  );
  const body = {
    strategy: 'entigraph',
    preset: 'demo',
    params: { target: { calls: size.calls } },
    inputs: { documents: prose },
    models: { generator: model },
  };
  const ended = await runDemoJob(demo, { body, killIn: STAGE, callsMax: BUDGET_CALLS });
  if (ended === undefined) return false;
  const { job, report } = ended;
  for (const line of proofLines(report, CONCURRENCY)) terminal.out(line);
  for (const line of relationLines(report, STAGE)) terminal.out(line);
  for (const line of rejectionLines(job)) terminal.out(line);
  for (const line of recordLines(await client.records(job.id, RECORDS_SHOWN))) terminal.out(line);
  await exportDemo(demo, job.id);
  if (demo.isEmbedded)
    terminal.out(
      'Mechanics only: the embedded model has 135M parameters; its texts show that the machine runs, not what the method is worth.',
    );
  return true;
}

async function chooseSize({ terminal, stack, model, options }: Demo, documents: number): Promise<DemoSize> {
  const { model: baseUrl } = stack.addresses;
  if (baseUrl === undefined) {
    const size = sizeDemo(PROVIDER_TOKENS_PER_SECOND, documents, options.short);
    terminal.out(
      `${model} gets ${documents} chapters of Moby-Dick, cut to ${size.charactersPerDocument} characters each: about ${size.calls + CALLS_MAX / 2} calls, never more than ${BUDGET_CALLS}.`,
    );
    return size;
  }
  const speed = await measureModel(baseUrl, model.slice(model.indexOf('/') + 1));
  const size = sizeDemo(speed, documents, options.short);
  terminal.out(
    `The embedded model writes ${speed.toFixed(0)} tokens/s here: ${size.calls} relation calls from ${documents} chapters of Moby-Dick, about ${size.minutes} min.`,
  );
  return size;
}
