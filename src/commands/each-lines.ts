/** `--each lines`: a secret a line, a link a line. */
import { OtsError } from '../core/index.ts';
import { linesOf } from './each-bytes.ts';
import { type EachInput, type EachOutput, emptyRecord, isLink, linkOf, notEarlier } from './each-record.ts';

/** The end of a line is not part of its secret; any other byte is. */
export const LINES: EachInput & EachOutput = {
  async *records(chunks) {
    let number = 0;
    for await (const { bytes } of linesOf(chunks)) {
      const record = emptyRecord(++number, number);
      if (bytes === undefined) record.problem = new OtsError('refused', 'the line is too long for a secret');
      else if (bytes.length === 0) record.problem = new OtsError('usage', 'the line is empty');
      else record.body = bytes;
      yield record;
    }
  },

  head: () => '',
  row: (_, outcome) => `${linkOf(outcome)}\n`,

  async *earlier(chunks) {
    let number = 0;
    for await (const { bytes, whole } of linesOf(chunks)) {
      number++;
      // Half a link is none: the run before was cut off here.
      const line = whole ? bytes?.toString() : '';
      if (line !== '' && !isLink(line ?? '')) throw notEarlier(`line ${number} is no link`);
      yield { text: line === '' ? undefined : `${line}\n`, belongsTo: () => true };
    }
  },
};
