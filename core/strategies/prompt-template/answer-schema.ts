import { z } from 'zod';
import type { Json } from '../../json';

type JsonSchema = Readonly<Record<string, Json>>;

/** Schemas of a job are converted once, not once a row. */
const converted = new WeakMap<JsonSchema, z.ZodType<Json>>();

/** The user's JSON Schema as zod, checked both ways; throws an Error that says what is not supported. */
export function answerSchema(schema: JsonSchema): z.ZodType<Json> {
  const known = converted.get(schema);
  if (known !== undefined) return known;
  const found = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]) as z.ZodType<Json>;
  z.toJSONSchema(found);
  converted.set(schema, found);
  return found;
}
