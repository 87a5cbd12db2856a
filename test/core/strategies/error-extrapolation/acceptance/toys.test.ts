/** If these fail, jobs do not show the gain that errors bring where there is one, or show one where there is none. */
import { textToy } from '../../../../support/toys/text-toy';
import { toyJob } from './toy-job';
import { runStory } from './run-story';

jest.mock('../../../../../workflows/run-control', () => jest.requireActual<object>('./memory-run-control'));

test('gap', async () => {
  const toy = textToy({ seed: 1 });
  const { run, blocked } = await runStory(
    toyJob(toy, {
      params: { noiseGuard: 'off', arms: ['goldgen-mix', 'gold-only'] },
      judge: (prompt) => toy.trueLabel(/<<<([\s\S]*?)>>>/u.exec(prompt)![1]!),
    }),
  );
  console.log(blocked?.message, run.began.join(' '));
  for (const [name, stage] of Object.entries(run.stages))
    console.log(name, stage.rows.length, stage.calls.length, JSON.stringify(stage.facts).slice(0, 600), JSON.stringify(stage.block ?? null).slice(0, 500));
});
