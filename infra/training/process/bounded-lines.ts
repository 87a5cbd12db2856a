import { StringDecoder } from 'node:string_decoder';

/** Cuts a stream into lines without ever holding more than one of them. */
export class BoundedLines {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** @param onTooLong told once a line is longer than `charactersMax`; nothing of it is kept */
  constructor(
    private readonly charactersMax: number,
    private readonly onLine: (line: string) => void,
    private readonly onTooLong: () => void,
  ) {}

  write(chunk: Buffer): void {
    const pieces = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = pieces.pop() ?? '';
    for (const line of pieces) this.#take(line);
    if (this.#rest.length <= this.charactersMax) return;
    this.#rest = '';
    this.onTooLong();
  }

  end(): void {
    const line = this.#rest + this.#decoder.end();
    this.#rest = '';
    this.#take(line);
  }

  #take(line: string): void {
    if (line.length > this.charactersMax) this.onTooLong();
    else if (line.trim() !== '') this.onLine(line);
  }
}

/** The last characters of a stream. */
export class BoundedTail {
  readonly #decoder = new StringDecoder('utf8');
  #text = '';

  constructor(private readonly charactersMax: number) {}

  write(chunk: Buffer | string): void {
    const text = typeof chunk === 'string' ? chunk : this.#decoder.write(chunk);
    this.#text = (this.#text + text).slice(-this.charactersMax);
  }

  get text(): string {
    return this.#text;
  }
}
