/** What passes through bulk sharing: records of an input, what became of each, and the forms that read and write them. */
import { OtsError } from '../core/index.ts';
import type { Published } from './publish-one.ts';

/** One record of the input. */
export interface EachRecord {
  /** From 1, in the order of the input. */
  number: number;
  /** Where it ends in the input, from 1; undefined where that is the number. */
  line: number | undefined;
  /** The secret; dropped as soon as it was tried. */
  body: Uint8Array | undefined;
  ttl: string | undefined;
  passphrase: string | undefined;
  label: string | undefined;
  /** Why it cannot be shared at all. */
  problem: OtsError | undefined;
  /** What the output repeats of it: cells of a table, or JSON around the secret. Never the secret. */
  rest: readonly string[];
  /** The row of an earlier output that has its link. */
  keptRow: string | undefined;
}

export type Outcome =
  | { kind: 'shared'; published: Published }
  | { kind: 'kept' }
  | { kind: 'failed'; error: OtsError }
  | { kind: 'untried'; error: OtsError };

/** A row of an earlier output. */
export interface EarlierRow {
  /** With its line end; undefined when it has no link. */
  text: string | undefined;
  /** Whether it can be this record's. */
  belongsTo(record: EachRecord): boolean;
}

export interface EachInput {
  /** The first line of a table, once it was read. */
  head(): string;
  /** @throws OtsError `usage` where the rest cannot be read */
  records(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<EachRecord>;
}

export interface EachOutput {
  /** What comes before the first row. Known when the input's first record was read, or its end; empty if nothing. */
  head(): string;
  /** One row with its line end. The link is empty when there is none. */
  row(record: EachRecord, outcome: Outcome): string;
  /** Rows of an earlier output, and after them nothing for a row that was cut. @throws OtsError `usage` */
  earlier(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<EarlierRow>;
}

/** Names of the columns or fields that are read. */
export interface Columns {
  secret: string;
  passphrase: string | undefined;
  ttl: string | undefined;
  label: string | undefined;
  /** Passphrases are made here, and the output has them. */
  generated: boolean;
}

/** The names that the output adds. */
export const LINK = 'link';
export const PASSPHRASE = 'passphrase';

/** A record that has only its place yet. */
export function emptyRecord(number: number, line: number): EachRecord {
  return {
    number,
    line: line === number ? undefined : line,
    body: undefined,
    ttl: undefined,
    passphrase: undefined,
    label: undefined,
    problem: undefined,
    rest: [],
    keptRow: undefined,
  };
}

/** The link of an outcome, empty without one. */
export function linkOf(outcome: Outcome): string {
  return outcome.kind === 'shared' ? outcome.published.json.link : '';
}

/** The passphrase that was made for a record, empty without one. */
export function passphraseOf(outcome: Outcome): string {
  return outcome.kind === 'shared' ? (outcome.published.json.generated_passphrase ?? '') : '';
}

const LINK_FORM = /^https?:\/\/[^\s#]+\/secret\/[0-9A-Za-z]{20,128}(?:#[1-9A-HJ-NP-Za-km-z]{49})?$/;

/** Whether a text is nothing but a whole link: an input given as earlier output would print secrets. */
export function isLink(text: string): boolean {
  return LINK_FORM.test(text);
}

/** The error for a file that is no earlier output, or not of this input. */
export function notEarlier(why: string): OtsError {
  return new OtsError('usage', `the file of --resume is no earlier output of this: ${why}`, {
    hint: 'give what an earlier run with the same input and options wrote',
  });
}
