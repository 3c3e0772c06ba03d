/** The published schemas of what `--json` prints, closed: for a test a field that no schema names is a failure. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { ROOT } from './program.ts';

const FOLDER = join(ROOT, 'docs', 'schemas');

/** The names of all schemas: `share` for docs/schemas/share.schema.json. */
export const SCHEMAS = readdirSync(FOLDER)
  .map((file) => file.replace('.schema.json', ''))
  .sort();

/** A schema as it is published, where further fields are allowed: programs that read are to survive new ones. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of any shape
export function readSchema(name: string): any {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.schema.json`), 'utf8'));
}

/** The same without room for fields that it does not name. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of any shape
export function closed(schema: any): any {
  if (schema === null || typeof schema !== 'object') return schema;
  if (Array.isArray(schema)) return schema.map(closed);
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in inner ? { additionalProperties: false, ...inner } : inner;
}

/** Checks values against a schema in its closed form. */
export function checker(name: string): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: true });
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/);
  ajv.addFormat('uri', (text) => URL.canParse(text));
  return ajv.compile(closed(readSchema(name)));
}
