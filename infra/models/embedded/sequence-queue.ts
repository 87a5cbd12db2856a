import { ApiError } from './api-error';

interface Waiting<Place> {
  readonly take: (place: Place) => void;
}

/** Hands a fixed set of places out, first come first served. A caller that goes away leaves the queue. */
export interface SequenceQueue<Place> {
  use<Result>(signal: AbortSignal, work: (place: Place) => Promise<Result>): Promise<Result>;
  readonly idle: () => number;
  readonly waiting: () => number;
}

export function sequenceQueue<Place>(places: readonly Place[], waitingMax: number): SequenceQueue<Place> {
  const free = [...places];
  const queue: Waiting<Place>[] = [];

  const take = (signal: AbortSignal): Promise<Place> => {
    signal.throwIfAborted();
    const place = free.pop();
    if (place !== undefined) return Promise.resolve(place);
    if (queue.length >= waitingMax)
      throw new ApiError(429, `the queue of ${waitingMax} requests is full`, 'rate_limit_exceeded');
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.splice(queue.indexOf(entry), 1);
        reject(new Error('the client closed the connection'));
      };
      const entry: Waiting<Place> = {
        take(given) {
          signal.removeEventListener('abort', leave);
          resolve(given);
        },
      };
      queue.push(entry);
      signal.addEventListener('abort', leave, { once: true });
    });
  };

  return {
    async use(signal, work) {
      const place = await take(signal);
      try {
        return await work(place);
      } finally {
        const next = queue.shift();
        if (next === undefined) free.push(place);
        else next.take(place);
      }
    },
    idle: () => free.length,
    waiting: () => queue.length,
  };
}
