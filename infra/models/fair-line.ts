import { type Place, WaitingLine } from './waiting-line';

/** A line in which the tenants take turns, and within a tenant its jobs: a small job does not wait behind a large one. */
export class FairLine<T> {
  readonly #tenants = new Map<string, Map<string, WaitingLine<T>>>();
  #count = 0;

  get length(): number {
    return this.#count;
  }

  /** @returns how to leave the line; does nothing once served */
  join(tenant: string, job: string, value: T): () => void {
    const jobs = this.#tenants.get(tenant) ?? new Map<string, WaitingLine<T>>();
    this.#tenants.set(tenant, jobs);
    const line = jobs.get(job) ?? new WaitingLine<T>();
    jobs.set(job, line);
    const place: Place<T> = line.join(value);
    this.#count += 1;
    return () => {
      if (!place.waits) return;
      line.leave(place);
      this.#count -= 1;
      if (line.length === 0) this.#forget(tenant, job);
    };
  }

  /** Whose turn it is, without taking it. */
  peek(): T | undefined {
    const [jobs] = this.#tenants.values();
    const [line] = jobs?.values() ?? [];
    return line?.first?.value;
  }

  next(): T | undefined {
    const [entry] = this.#tenants;
    if (!entry) return undefined;
    const [tenant, jobs] = entry;
    const [job, line] = jobs.entries().next().value!;
    const value = line.next();
    this.#count -= 1;
    // Served: behind the others of its kind.
    jobs.delete(job);
    if (line.length > 0) jobs.set(job, line);
    this.#tenants.delete(tenant);
    if (jobs.size > 0) this.#tenants.set(tenant, jobs);
    return value;
  }

  #forget(tenant: string, job: string): void {
    const jobs = this.#tenants.get(tenant);
    if (jobs?.get(job)?.length !== 0) return;
    jobs.delete(job);
    if (jobs.size === 0) this.#tenants.delete(tenant);
  }
}
