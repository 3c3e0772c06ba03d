/** `--each csv`: a table whose column of secrets becomes a column of links; all other cells stay. */
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { isOtsError, OtsError } from '../core/index.ts';
import { textOf } from './each-bytes.ts';
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

interface Row {
  cells: string[];
  line: number;
}

interface Style {
  bom: string;
  newline: string;
  /** The last character so far. */
  last: string;
}

/** Where a table keeps what is read of it. */
interface Places {
  secret: number;
  passphrase: number | undefined;
  ttl: number | undefined;
  label: number | undefined;
}

const BOM = '\ufeff';

/** The parser's own messages quote the table. */
const DAMAGES: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
  INVALID_OPENING_QUOTE: 'a quote stands inside a cell without quotes',
  CSV_INVALID_CLOSING_QUOTE: 'text follows a closing quote',
};

/** Rows of a table. Source: RFC 4180. @throws OtsError `usage` where it is damaged */
async function* rowsOf(chunks: AsyncIterable<Uint8Array>, style: Style): AsyncGenerator<Row> {
  const parser = parse({ relax_column_count: true, info: true });
  const source = Readable.from(watched(textOf(chunks), style));
  pipeline(source, parser, () => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      yield { cells: record, line: info.lines };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? ` at line ${error['lines']}` : '';
    throw new OtsError('usage', `the table is damaged${line}: ${DAMAGES[error.code] ?? 'it is no CSV'}`, {
      hint: 'a cell with a quote, comma or newline needs quotes around it, and its quotes doubled',
      cause: error.code,
    });
  }
}

/** Notes how a table is written, and takes its byte order mark away. */
async function* watched(texts: AsyncIterable<string>, style: Style): AsyncGenerator<string> {
  let first = true;
  for await (const text of texts) {
    if (text === '') continue;
    if (first && text.startsWith(BOM)) style.bom = BOM;
    if (style.newline === '') {
      const end = (style.last + text).indexOf('\n');
      if (end !== -1) style.newline = (style.last + text)[end - 1] === '\r' ? '\r\n' : '\n';
    }
    yield first && style.bom !== '' ? text.slice(1) : text;
    style.last = text.slice(-1);
    first = false;
  }
}

/** The number of the column of that name. @throws OtsError `usage` unless there is exactly one */
function placeOf(header: string[], name: string, flag: string): number {
  const wanted = name.normalize('NFC');
  const found = header.flatMap((cell, index) => (cell.normalize('NFC') === wanted ? [index] : []));
  if (found.length === 1) return found[0] as number;
  throw new OtsError(
    'usage',
    found.length === 0
      ? `the table has no column of that name (${flag})`
      : `two columns are named so (${flag})`,
    { hint: 'the first line of the table names its columns, each once' },
  );
}

function placesIn(header: string[], columns: Columns): Places {
  const optional = (name: string | undefined, flag: string): number | undefined =>
    name === undefined ? undefined : placeOf(header, name, flag);
  const places = {
    secret: placeOf(header, columns.secret, '--column'),
    passphrase: optional(columns.passphrase, '--passphrase-column'),
    ttl: optional(columns.ttl, '--ttl-column'),
    label: optional(columns.label, '--label-column'),
  };
  const added = columns.generated ? [LINK, PASSPHRASE] : [LINK];
  for (const name of added) {
    if (header.every((cell, index) => cell !== name || (name === LINK && index === places.secret))) continue;
    throw new OtsError('usage', `the table has a column ${name} already`, { hint: 'rename it first' });
  }
  return places;
}

function recordOf(row: Row, number: number, width: number, places: Places): EachRecord {
  const record = emptyRecord(number, row.line);
  const { cells } = row;
  if (cells.length !== width) {
    // Which cell is the secret, nobody knows: none is repeated.
    record.rest = Array<string>(width).fill('');
    const words = `the row has ${cells.length} cells instead of ${width}`;
    record.problem = new OtsError('usage', words, { hint: 'a cell with a comma needs quotes' });
    return record;
  }
  const optional = (place: number | undefined): string | undefined =>
    place === undefined ? undefined : cells[place];
  record.ttl = optional(places.ttl) || undefined;
  record.label = optional(places.label) || undefined;
  record.passphrase = optional(places.passphrase);
  record.rest = cells.with(places.secret, '');
  const secret = cells[places.secret] ?? '';
  if (secret === '') record.problem = new OtsError('usage', 'the secret is empty');
  else if (record.passphrase === '') record.problem = new OtsError('usage', 'the passphrase is empty');
  else record.body = Buffer.from(secret);
  return record;
}

/** A table of these columns, read and written. */
export function csvForm(columns: Columns): EachInput & EachOutput {
  const style: Style = { bom: '', newline: '', last: '' };
  let header: string[] | undefined;
  let places: Places = { secret: 0, passphrase: undefined, ttl: undefined, label: undefined };

  const write = (cells: readonly string[]): string =>
    stringify([cells], { record_delimiter: style.newline || '\n' });
  const rowOf = ({ rest }: EachRecord, link: string, passphrase: string): string =>
    write([...rest.with(places.secret, link), ...(columns.generated ? [passphrase] : [])]);
  const headCells = (): string[] => [
    ...(header ?? []).with(places.secret, LINK),
    ...(columns.generated ? [PASSPHRASE] : []),
  ];

  return {
    async *records(chunks) {
      header = undefined;
      let number = 0;
      for await (const row of rowsOf(chunks, style)) {
        if (header === undefined) {
          places = placesIn(row.cells, columns);
          header = row.cells;
          continue;
        }
        // A blank line is a record only where it could be one.
        if (row.cells.length === 1 && row.cells[0] === '' && header.length > 1) continue;
        yield recordOf(row, ++number, header.length, places);
      }
    },

    head: () => (header === undefined ? '' : style.bom + write(headCells())),
    row: (record, outcome) => rowOf(record, linkOf(outcome), passphraseOf(outcome)),

    async *earlier(chunks) {
      let number = 0;
      for await (const { cells, whole } of earlierRows(chunks)) {
        number++;
        if (number === 1) {
          if (write(cells) !== write(headCells())) throw notEarlier('its columns are others');
          continue;
        }
        const link = whole ? (cells[places.secret] ?? '') : '';
        if (link !== '' && !isLink(link))
          throw notEarlier(`row ${number} has no link in its column of links`);
        const passphrase = columns.generated ? (cells.at(-1) ?? '') : '';
        const text = write(cells);
        yield {
          text: link === '' ? undefined : text,
          belongsTo: (record) => link === '' || rowOf(record, link, passphrase) === text,
        };
      }
    },
  };
}

/** Rows of a table whose writer may have been cut off: what the last newline does not end is not whole. */
async function* earlierRows(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ cells: string[]; whole: boolean }> {
  const style: Style = { bom: '', newline: '', last: '' };
  let held: string[] | undefined;
  let closed = true;
  try {
    for await (const { cells } of rowsOf(chunks, style)) {
      if (held !== undefined) yield { cells: held, whole: true };
      held = cells;
    }
  } catch (error) {
    // The end of the file inside a quote.
    if (!(isOtsError(error) && error.cause === 'CSV_QUOTE_NOT_CLOSED')) throw error;
    closed = false;
  }
  if (held !== undefined) yield { cells: held, whole: !closed || style.last === '\n' };
}
