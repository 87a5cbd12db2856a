import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What was sent, written down before it is sent: after a crash nothing is started, and paid, a second time. */
const submissionSchema = z.object({
  runId: z.string(),
  trainingFile: z.string().exactOptional(),
  validationFile: z.string().exactOptional(),
  /** Set before the job is asked for: it may exist, though its answer was lost. */
  asked: z.boolean().default(false),
  jobId: z.string().exactOptional(),
});
export type Submission = z.infer<typeof submissionSchema>;

const fileIn = (folder: string) => join(folder, 'fine-tune.json');

/** A submission of another run is none. */
export async function readSubmission(folder: string, runId: string): Promise<Submission> {
  try {
    const found = submissionSchema.parse(JSON.parse(await readFile(fileIn(folder), 'utf8')));
    if (found.runId === runId) return found;
  } catch {
    // None yet.
  }
  return { runId, asked: false };
}

export async function writeSubmission(folder: string, submission: Submission): Promise<void> {
  const part = `${fileIn(folder)}.part`;
  await writeFile(part, JSON.stringify(submission), { flush: true });
  await rename(part, fileIn(folder));
}
