import { workflowInfo, type WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { closeRun } from './run-control';

/** Whatever ends a story that did not succeed is written down before the run closes. Children tell their parent. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          if (!workflowInfo().parent) await closeRun(error);
          throw error;
        }
      },
    },
  ],
});
