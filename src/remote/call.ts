/**
 * What passes between dialects and transport: one call to the server and what it answered. A path holds `{id}` where
 * the identifier goes, so that no log line or error ever contains one.
 */

/** What the user wants; decides about repeating, the size cap, and the words of a failure. */
export type Act =
  | 'probe'
  | 'ping'
  | 'conceal'
  | 'generate'
  | 'reveal'
  | 'acknowledge'
  | 'burn'
  | 'receipt'
  | 'status'
  | 'recent'
  | 'whoami';

export interface Call {
  act: Act;
  method: 'GET' | 'POST';
  /** Below the base URL, with `{id}` in the place of {@link Call.id}. Never with a query: servers log those. */
  path: string;
  id?: string | undefined;
  /** At most one of the two bodies. */
  json?: object | undefined;
  form?: Readonly<Record<string, string>> | undefined;
  /** Send the credentials, if there are any. */
  authenticate?: boolean | undefined;
  /** A consuming call that the server recognises when it comes again: it carries a claim. */
  claimed?: boolean | undefined;
  /** What a server might echo and no error may quote. */
  privates?: readonly (string | undefined)[] | undefined;
}

export interface Answer {
  call: Call;
  status: number;
  /** Names in lower case; repeated ones joined by commas. */
  headers: ReadonlyMap<string, string>;
  /** The parsed body; undefined when there was none, or none that is JSON. */
  json: unknown;
  /** What the body was: `json`, `html`, `empty`, `other`, or `broken` for JSON that is cut or malformed. */
  body: 'json' | 'html' | 'empty' | 'other' | 'broken';
}

/** Whether the call makes something: repeated only if it never left this machine. */
export function creates(act: Act): boolean {
  return act === 'conceal' || act === 'generate';
}

/** Whether the call destroys something: sent once, whatever happens. */
export function consumes(act: Act): boolean {
  return act === 'reveal' || act === 'burn';
}
