/** Which devices are free: a worker runs as many students at a time as it has. */
export class DeviceSlots {
  readonly #free: number[];

  constructor(slots: number) {
    this.#free = Array.from({ length: slots }, (_, slot) => slot);
  }

  /** @throws RangeError when all are taken: the worker was given more at a time than it has devices */
  take(): { readonly slot: number; release(): void } {
    const slot = this.#free.shift();
    if (slot === undefined) throw new RangeError('every device is taken');
    return { slot, release: () => void this.#free.unshift(slot) };
  }
}
