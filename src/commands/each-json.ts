/** `--each … --json`: one JSON object a record, whatever the input's form. */
import { decodeUtf8 } from '../core/bytes.ts';
import { errorJson } from '../io/report.ts';
import { linesOf } from './each-bytes.ts';
import { type EachOutput, isLink, notEarlier } from './each-record.ts';

/** Rows as `share --json` has them, with the record's number; `error` where there is no link. */
export const JSON_ROWS: EachOutput = {
  head: () => '',

  row({ number: record }, outcome) {
    if (outcome.kind === 'shared') return `${JSON.stringify({ record, ...outcome.published.json })}\n`;
    return `${JSON.stringify({ record, ...(outcome.kind !== 'kept' && { error: errorJson(outcome.error) }) })}\n`;
  },

  async *earlier(chunks) {
    let line = 0;
    for await (const { bytes, whole } of linesOf(chunks)) {
      line++;
      const text = whole && bytes !== undefined ? decodeUtf8(bytes) : '{}';
      let row: { record?: unknown; link?: unknown };
      try {
        row = Object(JSON.parse(text ?? '')) as typeof row;
      } catch {
        throw notEarlier(`line ${line} is no JSON`);
      }
      const { record, link } = row;
      if (link !== undefined && !isLink(String(link))) throw notEarlier(`line ${line} has no link`);
      // The error of a whole run comes last, without a number.
      if (whole && record === undefined && link === undefined) continue;
      yield {
        text: link === undefined ? undefined : `${text}\n`,
        belongsTo: ({ number }) => !whole || record === number,
      };
    }
  },
};
