/** Trains students and has them predict: as many at a time as there are devices. */
import { join } from 'node:path';
import { trainerActivities } from '../activities';
import { QUEUES } from '../core/story/ports';
import { keyEnvironment } from '../infra/config';
import { DeviceSlots } from '../infra/training/device-slots';
import { openTrainers } from '../infra/training/trainers';
import { openDeps } from './open-deps';
import { main } from './run-worker';

main({
  name: 'trainer',
  prepare: async (config) => {
    const deps = await openDeps(config);
    const trainers = openTrainers(config, keyEnvironment());
    const slots = new DeviceSlots(config.trainerSlots);
    return {
      options: {
        taskQueue: QUEUES.trainer,
        activities: trainerActivities({
          ...deps,
          ...{ trainers, slots, checkpoints: join(config.home, 'checkpoints') },
        }),
        maxConcurrentActivityTaskExecutions: config.trainerSlots,
      },
      close: async () => {
        await trainers.close();
        await deps.models.close();
        await deps.db.destroy();
      },
    };
  },
});
