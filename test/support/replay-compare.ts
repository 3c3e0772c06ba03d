/**
 * Whether an answer is alike to a recorded one. Two are alike when these agree: status; media type;
 * `x-ots-intended-status`; presence of `retry-after`; whether there is a JSON body; the set of keys at every level; the
 * type of every value (null is a type); every boolean; every string, but that identifiers are any `[0-9A-Za-z]{20,}`;
 * numbers within 10, or, above 10^9, both seconds since 1970. Volatile keys only agree on being null or not.
 *
 * Recorded texts name saved values: `{{name}}` is one, `{{name:8}}` its first eight characters, `{{host}}` the server.
 */

export interface RecordedRequest {
  method: string;
  path: string;
  form?: Record<string, string>;
  json?: unknown;
  raw?: string;
  headers?: Record<string, string>;
  auth?: 'account' | 'wrong';
}

export interface RecordedResponse {
  status: number;
  headers: Record<string, string>;
  body?: unknown;
  text?: string;
}

export interface Step {
  name: string;
  request: RecordedRequest;
  response: RecordedResponse;
  save?: Record<string, string>;
  volatile?: string[];
}

export interface Scenario {
  name: string;
  needs_account?: boolean;
  steps: Step[];
}

export interface Recordings {
  server: string;
  volatile: string[];
  scenarios: Scenario[];
}

/** An answer as it came: header names in lower case. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

export type Names = Record<string, string>;

const IDENTIFIER = /[0-9A-Za-z]{20,}/g;
const EPOCH_FROM = 1e9;
const TOLERANCE = 10;

/** Puts saved values in the place of their names, in every text of a value. */
export function fillIn<Value>(value: Value, names: Names): Value {
  if (typeof value === 'string') return fillText(value, names) as Value;
  if (Array.isArray(value)) return value.map((item: unknown) => fillIn(item, names)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillIn(item, names)])) as Value;
}

function fillText(text: string, names: Names): string {
  return text.replace(/\{\{(\w+)(?::(\d+))?\}\}/g, (whole, name: string, length?: string) => {
    const value = names[name];
    if (value === undefined) return whole;
    return length === undefined ? value : value.slice(0, Number(length));
  });
}

/** The value at a dotted path; undefined where there is none. */
export function valueAt(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }, body);
}

/** The body as JSON; undefined when it is none. */
export function parsedBody(answer: Answer): unknown {
  try {
    return JSON.parse(answer.text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * @returns one line for each difference; none when the answers are alike.
 */
export function differences(
  recorded: RecordedResponse,
  answer: Answer,
  context: { names: Names; volatile: readonly string[] },
): string[] {
  const found: string[] = [];
  const differ = (where: string, expected: unknown, actual: unknown): void => {
    if (expected !== actual) found.push(`${where}: expected ${String(expected)}, got ${String(actual)}`);
  };
  differ('status', recorded.status, answer.status);
  differ(
    'media type',
    mediaType(recorded.headers['content-type']),
    mediaType(answer.headers['content-type']),
  );
  const intended = 'x-ots-intended-status';
  differ(intended, recorded.headers[intended], answer.headers[intended]);
  differ('retry-after present', 'retry-after' in recorded.headers, 'retry-after' in answer.headers);
  const body = parsedBody(answer);
  differ('JSON body present', recorded.body !== undefined, body !== undefined);
  if (recorded.body === undefined || body === undefined) return found;
  return [...found, ...valueDifferences('body', recorded.body, body, context)];
}

function mediaType(contentType: string | undefined): string | undefined {
  return contentType?.split(';')[0]?.trim().toLowerCase();
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function valueDifferences(
  where: string,
  expected: unknown,
  actual: unknown,
  context: { names: Names; volatile: readonly string[] },
): string[] {
  const isVolatile = context.volatile.includes(where.slice(where.lastIndexOf('.') + 1));
  if (isVolatile) {
    return (expected === null) === (actual === null) ? [] : [`${where}: null on one side only`];
  }
  const types = [typeOf(expected), typeOf(actual)];
  if (types[0] !== types[1]) return [`${where}: expected ${types[0]}, got ${types[1]}`];
  switch (types[0]) {
    case 'object':
    case 'array':
      return memberDifferences(where, expected as object, actual as object, context);
    case 'string':
      return sameText(expected as string, actual as string, context.names)
        ? []
        : [`${where}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`];
    case 'number':
      return sameNumber(expected as number, actual as number)
        ? []
        : [`${where}: expected ${String(expected)}, got ${String(actual)}`];
    default:
      return expected === actual ? [] : [`${where}: expected ${String(expected)}, got ${String(actual)}`];
  }
}

function memberDifferences(
  where: string,
  expected: object,
  actual: object,
  context: { names: Names; volatile: readonly string[] },
): string[] {
  const before = new Map<string, unknown>(Object.entries(expected));
  const after = new Map<string, unknown>(Object.entries(actual));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    if (!after.has(key)) return [`${where}.${key}: missing`];
    if (!before.has(key)) return [`${where}.${key}: not in the recording`];
    return valueDifferences(`${where}.${key}`, before.get(key), after.get(key), context);
  });
}

/** Saved values must come back exactly; identifiers that the recording holds itself may be any. */
function sameText(expected: string, actual: string, names: Names): boolean {
  const pattern = expected
    .split(/(\{\{\w+(?::\d+)?\}\})/)
    .map((piece) => {
      if (/^\{\{.*\}\}$/.test(piece)) return escapePattern(fillText(piece, names));
      return escapePattern(piece).replace(IDENTIFIER, IDENTIFIER.source);
    })
    .join('');
  return new RegExp(`^${pattern}$`).test(actual);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function sameNumber(expected: number, actual: number): boolean {
  if (expected > EPOCH_FROM) return actual > EPOCH_FROM;
  return Math.abs(expected - actual) <= TOLERANCE;
}
