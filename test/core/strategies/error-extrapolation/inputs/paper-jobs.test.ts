/** If these fail, a user who wants to repeat the paper is given a job that is refused. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { jobInputSchema } from '../../../../../core/job-body';
import {
  errorExtrapolationParamsSchema,
  errorExtrapolationPresets,
} from '../../../../../core/strategies/error-extrapolation/params';
import { estimateErrorExtrapolation } from '../../../../../core/strategies/error-extrapolation/estimate';
import { settingsOf } from '../../../../../core/strategies/error-extrapolation/settings';

const FOLDER = resolve(__dirname, '../../../../../docs/jobs');
const SEED_ROWS: Readonly<Record<string, number>> = {
  rte: 32_078,
  qnli: 116_900,
  imdb: 15_000,
  adqa: 29_968,
};
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

test('there is one for each data set', () => {
  expect(names.sort()).toEqual(
    Object.keys(SEED_ROWS)
      .map((name) => `paper-${name}.json`)
      .sort(),
  );
});

test.each(names)('%s is the paper’s run', (name) => {
  const body = JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Record<
    string,
    Record<string, unknown>
  >;
  for (const input of Object.values(body['inputs'] ?? {})) jobInputSchema.parse(input);
  const params = errorExtrapolationParamsSchema.parse({
    ...errorExtrapolationPresets['paper'],
    ...body['params'],
  });
  const settings = settingsOf(params, { testFile: true });
  expect(settings).toMatchObject({
    split: { mine: 1, select: 0, test: 0 },
    variants: { near: 1 },
    judge: 'off',
  });
  expect(settings.seedRowsTotal).toBe(SEED_ROWS[name.slice('paper-'.length, -'.json'.length)]);
  const gold = { items: 2_490, characters: 900_000, complete: true };
  const stages = estimateErrorExtrapolation(params, { gold, test: { ...gold, items: 277 } });
  expect(stages.some(({ stage }) => stage === 'main/extrapolate-2')).toBe(true);
});
