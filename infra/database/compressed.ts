import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Compressing costs 12 µs whatever the length; shorter texts are not worth it (docs/decisions/008-hot-path.md). */
const COMPRESS_FROM_BYTES = 2_048;
const PLAIN = 0;
const DEFLATED = 1;

/** JSON as bytes, compressed where that pays; the first byte says how. */
export function packJson(value: unknown): Buffer {
  const plain = Buffer.from(JSON.stringify(value));
  const deflate = plain.length >= COMPRESS_FROM_BYTES;
  return Buffer.concat([
    Buffer.of(deflate ? DEFLATED : PLAIN),
    deflate ? deflateRawSync(plain, { level: 1 }) : plain,
  ]);
}

export function unpackJson<T>(bytes: Uint8Array): T {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1);
  return JSON.parse((bytes[0] === DEFLATED ? inflateRawSync(body) : body).toString('utf8')) as T;
}
