/**
 * `--each ndjson`: a JSON object a line, whose field with the secret becomes a field with the link. All other text
 * stays as it was given, so that no number and no order changes.
 */
import { decodeUtf8 } from '../core/bytes.ts';
import { OtsError } from '../core/index.ts';
import { type Line, linesOf } from './each-bytes.ts';
import {
  type Columns,
  type EachInput,
  type EachOutput,
  type EachRecord,
  emptyRecord,
  isLink,
  LINK,
  linkOf,
  notEarlier,
  PASSPHRASE,
  passphraseOf,
} from './each-record.ts';

/** A member of an object, by where its name and its value stand in the text. */
interface Member {
  name: string;
  nameStart: number;
  nameEnd: number;
  valueStart: number;
  valueEnd: number;
}

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const SPACE = /[ \t\r\n]*/y;
const SCALAR = /[^\s,\]}]+/y;

function past(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}

/** Where a value ends. @param text valid JSON */
function valueEnd(text: string, from: number): number {
  const first = text[from];
  if (first === '"') return past(STRING, text, from);
  if (first !== '{' && first !== '[') return past(SCALAR, text, from);
  let depth = 0;
  for (let at = from; ; ) {
    const char = text[at];
    if (char === '"') {
      at = past(STRING, text, at);
      continue;
    }
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    at++;
    if (depth === 0 || at >= text.length) return at;
  }
}

/** The members of an object, each time a name occurs. @param text valid JSON of one object */
export function membersOf(text: string): Member[] {
  const members: Member[] = [];
  let at = past(SPACE, text, text.indexOf('{') + 1);
  while (text[at] === '"') {
    const nameStart = at;
    const nameEnd = past(STRING, text, at);
    const valueStart = past(SPACE, text, past(SPACE, text, nameEnd) + 1);
    const end = valueEnd(text, valueStart);
    const name = JSON.parse(text.slice(nameStart, nameEnd)) as string;
    members.push({ name, nameStart, nameEnd, valueStart, valueEnd: end });
    at = past(SPACE, text, past(SPACE, text, end) + 1);
  }
  return members;
}

/** The text of a line that holds one object, or what is wrong with it. */
function objectText({ bytes }: Line): string | OtsError {
  const text = bytes === undefined ? undefined : decodeUtf8(bytes);
  if (text === undefined) {
    return new OtsError('usage', bytes === undefined ? 'the line is too long' : 'the line is not UTF-8');
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text;
  } catch {
    // Said below: JSON's own words quote the text.
  }
  return new OtsError('usage', 'the line is no JSON object');
}

/** The value of a field as text: a string, or a number as it is written. Undefined for null and for no such field. */
function fieldText(text: string, member: Member | undefined, flag: string): string | undefined {
  if (member === undefined) return undefined;
  const value: unknown = JSON.parse(text.slice(member.valueStart, member.valueEnd));
  if (typeof value === 'string' && !value.isWellFormed())
    throw new OtsError('usage', `the field of ${flag} holds half a character (a lone surrogate)`);
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return text.slice(member.valueStart, member.valueEnd);
  if (value === null) return undefined;
  throw new OtsError('usage', `the field of ${flag} is neither text nor a number`);
}

/** Fills a record from its line. @throws OtsError `usage`, and the record then repeats nothing of the line */
function fill(record: EachRecord, text: string, columns: Columns): void {
  const members = membersOf(text);
  const only = (name: string | undefined, flag: string): Member | undefined => {
    const found = name === undefined ? [] : members.filter((member) => member.name === name);
    if (found.length > 1) throw new OtsError('usage', `the field of ${flag} is there twice`);
    return found[0];
  };
  const secret = only(columns.secret, '--field');
  if (secret === undefined) throw new OtsError('usage', 'it has no field of that name (--field)');
  for (const name of columns.generated ? [LINK, PASSPHRASE] : [LINK]) {
    if (members.some((member) => member.name === name && member !== secret))
      throw new OtsError('usage', `it has a field ${name} already`);
  }
  record.rest = [
    text.slice(0, secret.nameStart),
    text.slice(secret.nameEnd, secret.valueStart),
    text.slice(secret.valueEnd),
  ];
  record.ttl = fieldText(text, only(columns.ttl, '--ttl-column'), '--ttl-column') || undefined;
  record.label = fieldText(text, only(columns.label, '--label-column'), '--label-column') || undefined;
  const passphrase = only(columns.passphrase, '--passphrase-column');
  record.passphrase = fieldText(text, passphrase, '--passphrase-column');
  if (columns.passphrase !== undefined && !record.passphrase)
    throw new OtsError('usage', 'the passphrase is empty');
  const value = fieldText(text, secret, '--field');
  if (!value) throw new OtsError('usage', 'the secret is empty');
  record.body = Buffer.from(value);
}

function rowOf({ rest }: EachRecord, link: string, passphrase: string | undefined): string {
  const [before, middle, after] = rest.length === 3 ? rest : ['{', ':', '}'];
  const row = `${before}"${LINK}"${middle}${JSON.stringify(link)}${after}`;
  if (passphrase === undefined) return `${row}\n`;
  const end = row.lastIndexOf('}');
  return `${row.slice(0, end)},"${PASSPHRASE}":${JSON.stringify(passphrase)}${row.slice(end)}\n`;
}

/** Objects with these fields, read and written. Blank lines are none. */
export function ndjsonForm(columns: Columns): EachInput & EachOutput {
  const row = (record: EachRecord, link: string, passphrase: string): string =>
    rowOf(record, link, columns.generated ? passphrase : undefined);
  return {
    async *records(chunks) {
      let number = 0;
      let line = 0;
      for await (const one of linesOf(chunks)) {
        line++;
        if (one.bytes?.every((byte) => byte === 0x20 || byte === 0x09)) continue;
        const record = emptyRecord(++number, line);
        const text = objectText(one);
        try {
          if (typeof text !== 'string') throw text;
          fill(record, text, columns);
        } catch (error) {
          if (!(error instanceof OtsError)) throw error;
          record.problem = error;
        }
        yield record;
      }
    },

    head: () => '',
    row: (record, outcome) => row(record, linkOf(outcome), passphraseOf(outcome)),

    async *earlier(chunks) {
      let number = 0;
      for await (const line of linesOf(chunks)) {
        number++;
        const text = line.whole ? objectText(line) : '{}';
        if (typeof text !== 'string') throw notEarlier(`line ${number} is no JSON object`);
        const { [LINK]: link, [PASSPHRASE]: passphrase } = JSON.parse(text) as Record<string, unknown>;
        if (line.whole && (typeof link !== 'string' || (link !== '' && !isLink(link))))
          throw notEarlier(`line ${number} has no link`);
        yield {
          text: link ? `${text}\n` : undefined,
          belongsTo: (record) => !link || row(record, String(link), String(passphrase)) === `${text}\n`,
        };
      }
    },
  };
}
