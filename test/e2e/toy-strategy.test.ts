/** If this fails, adding a strategy takes more than its folder, its story and a line in each registry. */
import { join } from 'node:path';
import { STRATEGIES } from '../../core/strategies/registry';
import { InProcess } from '../support/in-process';
import { toy } from '../support/toy/strategy';

it('runs a strategy that consists of one folder, one story and two registry lines', async () => {
  const stack = await InProcess.start({
    strategies: [...STRATEGIES, toy],
    workflowsPath: join(__dirname, '..', 'support', 'toy', 'workflows.ts'),
  });
  try {
    await stack.submit('toy-echo-1', { strategy: 'toy-echo' }, [
      { line: 'one' },
      { line: 'two' },
      { line: 'three' },
    ]);
    const job = await stack.waitFor('toy-echo-1', 'succeeded');
    expect(JSON.parse(job.summary!)).toMatchObject({ planned: 3, accepted: 3, records: 3 });
  } finally {
    await stack.stop();
  }
}, 120_000);
