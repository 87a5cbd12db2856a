/** The process of the embedded model: an OpenAI-compatible server on 127.0.0.1 over llama.cpp. */
import { parseArgs } from 'node:util';
import { exitWithParent } from '../../stack/exit-with-parent';
import { createAnswers } from './answer';
import { createModelServer } from './http';
import { loadLlama } from './llama';
import { sequenceQueue } from './sequence-queue';

const SEQUENCES = 4;
const WAITING_MAX = 256;

function required(name: string, value: string | undefined): string {
  if (value === undefined) throw new Error(`expected --${name} <value>, got nothing`);
  return value;
}

async function main(): Promise<void> {
  process.title = 'perennial model';
  exitWithParent();
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { library: option, weights: option, name: option, port: option, waiting: option },
  });
  const name = required('name', values.name);
  const llama = await loadLlama({
    library: required('library', values.library),
    weights: required('weights', values.weights),
    sequences: SEQUENCES,
  });
  const queue = sequenceQueue(llama.sequences, Number(values.waiting ?? WAITING_MAX));
  const answers = createAnswers({ name, llama, queue });
  const server = createModelServer({
    name,
    answers,
    load: () => ({ idle: queue.idle(), waiting: queue.waiting() }),
  });
  // Answers take long and are not worth waiting for: whoever asked asks again.
  process.once('SIGTERM', () => process.exit(0));
  server.listen(Number(required('port', values.port)), '127.0.0.1', () =>
    console.log(`listening ${JSON.stringify(server.address())}`),
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
