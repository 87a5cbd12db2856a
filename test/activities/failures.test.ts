/** If these fail, a full disk kills a job, a bug is retried for ever, or a database restart blocks one. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure } from '@temporalio/common';
import { asActivity, verdictOf } from '../../activities';
import { Problem } from '../../core/problem';

const coded = (code: string, message = code) => Object.assign(new Error(message), { code });

it.each([
  [coded('ENOSPC', 'no space left on device'), { kind: 'block', code: 'storage-full' }],
  [coded('SQLITE_FULL', 'database or disk is full'), { kind: 'block', code: 'storage-full' }],
  [coded('EDQUOT'), { kind: 'block', code: 'storage-full' }],
  [coded('SQLITE_BUSY', 'database is locked'), { kind: 'retry' }],
  [coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5432'), { kind: 'retry' }],
  [coded('57P01', 'terminating connection due to administrator command'), { kind: 'retry' }],
  [new Error('Connection terminated unexpectedly'), { kind: 'retry' }],
  [
    new Problem('model-unknown', 'no such model'),
    { kind: 'block', code: 'model-unknown', message: 'no such model' },
  ],
  [
    new TypeError('x is undefined'),
    { kind: 'block', code: 'internal', message: 'TypeError: x is undefined' },
  ],
  ['not even an error', { kind: 'block', code: 'internal' }],
])('%s', (error, expected) => {
  expect(verdictOf(error)).toMatchObject(expected);
});

it('keeps the folders of a machine out of stacks', () => {
  const verdict = verdictOf(new TypeError('here')) as { stack: string };
  expect(verdict.stack).toContain('failures.test.ts');
  expect(verdict.stack).not.toMatch(/\/[a-z]+\/[a-z]+\//);
});

it('says a word about its rows with every heartbeat, from the first line', async () => {
  const environment = new MockActivityEnvironment();
  const beats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => beats.push(details));
  const run = asActivity((_: { stage: string; plan: number; from: number; to: number }) =>
    Promise.resolve('done'),
  );
  expect(await environment.run(run, { stage: 'relate', plan: 2, from: 100, to: 200 })).toBe('done');
  expect(beats).toEqual(['relate.2 rows 100-199']);
});

it('tells Temporal not to repeat a bug, and to repeat what comes back by itself', async () => {
  const environment = new MockActivityEnvironment();
  const failing = (error: Error) =>
    environment.run(
      asActivity(() => Promise.reject(error)),
      {},
    ) as Promise<unknown>;
  await expect(failing(new TypeError('a bug'))).rejects.toMatchObject({
    type: 'internal',
    nonRetryable: true,
  });
  await expect(failing(coded('ECONNRESET'))).rejects.toMatchObject({ type: 'away', nonRetryable: false });
  await expect(failing(ApplicationFailure.nonRetryable('as it is', 'own'))).rejects.toMatchObject({
    type: 'own',
  });
});
