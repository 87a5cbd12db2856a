/** Error extrapolation on real mails: whether the embedded model's imitations teach a small student anything. */
import { formatNumber } from '../../../core/report/format';
import { estimateLines } from '../show-estimate';
import { type Demo, CONCURRENCY, exportDemo, runDemoJob } from './demo-job';
import { armLines, foundLine, imitationLines } from './found';
import { type SizedLoop, sizeLoop } from './loop-size';
import { MAIL_LABELS, chooseMails, loadMails } from './mails';
import { MAIL_PROMPTS, MAIL_TASK } from './mail-task';
import { proofLines, rejectionLines } from './proof';
import { measureModel } from './size';

const KILL_IN = 'main/seed';
const BUDGET_CALLS = 400;
const TEST_PER_LABEL = 400;
const ERRORS_MIN = 4;
const RECORDS_READ = 200;
const RECORDS_SHOWN = 3;
/** Speed that is assumed of a provider. */
const PROVIDER_TOKENS_PER_SECOND = 200;

export async function mailDemo(demo: Demo): Promise<boolean> {
  const { terminal, client, config } = demo;
  const size = await chooseSize(demo);
  const say = (line: string): void => terminal.note(line);
  const mails = chooseMails(await loadMails(config.cache, say), {
    gold: size.goldPerLabel,
    test: TEST_PER_LABEL,
  });
  terminal.out(
    `${mails.gold.length} labelled mails teach and find errors; ${mails.test.length} others, of other senders, are looked at once, at the end.`,
  );
  const body = bodyOf(demo, size, mails);
  terminal.out('Before anything is sent, the estimate:');
  for (const line of estimateLines(await client.estimate(body))) terminal.out(`  ${line}`);
  const ended = await runDemoJob(demo, { body, killIn: KILL_IN, callsMax: BUDGET_CALLS });
  if (ended === undefined) return false;
  const { job, report } = ended;
  const records = await client.records(job.id, RECORDS_READ);
  for (const line of imitationLines(records, mails.gold, RECORDS_SHOWN)) terminal.out(line);
  for (const line of rejectionLines(job)) terminal.out(line);
  for (const line of armLines(report)) terminal.out(line);
  await exportDemo(demo, job.id);
  for (const line of proofLines(report, CONCURRENCY)) terminal.out(line);
  if (job.links.report !== undefined) terminal.out(`Report: ${client.address}${job.links.report}`);
  terminal.out(foundLine(report));
  return true;
}

function bodyOf(
  { model, isEmbedded }: Demo,
  { mineShare, seedPerLabel, errorsPerRoundMax }: SizedLoop,
  { gold, test }: ReturnType<typeof chooseMails>,
): object {
  return {
    strategy: 'error-extrapolation',
    preset: 'demo',
    params: {
      task: MAIL_TASK,
      arms: ['goldgen-mix', 'gold-only'],
      goldSplit: { mine: mineShare, select: 1 - mineShare, test: 0 },
      seedPerLabel,
      errorsPerRoundMax,
      errorsMin: ERRORS_MIN,
      ...(isEmbedded ? { prompts: MAIL_PROMPTS } : {}),
    },
    inputs: { gold, test },
    models: { generator: model },
    students: { main: { name: 'linear' } },
  };
}

async function chooseSize({ terminal, stack, model, options }: Demo): Promise<SizedLoop> {
  const { model: baseUrl } = stack.addresses;
  const speed =
    baseUrl === undefined
      ? PROVIDER_TOKENS_PER_SECOND
      : await measureModel(baseUrl, model.slice(model.indexOf('/') + 1));
  const size = sizeLoop(speed, options.short);
  const written = MAIL_LABELS.length * size.seedPerLabel;
  const work = `${written} seed mails and imitations of up to ${size.errorsPerRoundMax} errors`;
  terminal.out(
    baseUrl === undefined
      ? `${model} writes ${work}, in never more than ${formatNumber(BUDGET_CALLS)} calls.`
      : `The embedded model writes ${speed.toFixed(0)} tokens/s here: ${work}, about ${size.minutes} min.`,
  );
  return size;
}
