/** Bundles the workflows once at build time, so that an orchestrator starts at once and runs what was tested. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const workflows = join(__dirname, '..', 'workflows');

bundleWorkflowCode({
  workflowsPath: join(workflows, 'index.js'),
  workflowInterceptorModules: [join(workflows, 'interceptors.js')],
  logger: new DefaultLogger('WARN'),
}).then(
  ({ code }) => writeFileSync(join(__dirname, 'workflow-bundle.js'), code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
