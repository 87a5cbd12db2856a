/** First come, first served; joining, leaving and serving cost the same however long the line is. */
export interface Place<T> {
  readonly value: T;
  before: Place<T> | undefined;
  after: Place<T> | undefined;
  waits: boolean;
}

export class WaitingLine<T> {
  first: Place<T> | undefined;
  private last: Place<T> | undefined;
  private count = 0;

  get length(): number {
    return this.count;
  }

  join(value: T): Place<T> {
    const place: Place<T> = { value, before: this.last, after: undefined, waits: true };
    if (this.last === undefined) this.first = place;
    else this.last.after = place;
    this.last = place;
    this.count += 1;
    return place;
  }

  /** Does nothing when the place was served or left before. */
  leave(place: Place<T>): void {
    if (!place.waits) return;
    place.waits = false;
    if (place.before === undefined) this.first = place.after;
    else place.before.after = place.after;
    if (place.after === undefined) this.last = place.before;
    else place.after.before = place.before;
    this.count -= 1;
  }

  next(): T | undefined {
    const place = this.first;
    if (place === undefined) return undefined;
    this.leave(place);
    return place.value;
  }
}
