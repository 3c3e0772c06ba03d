/** `--resume`: gives each record the row of an earlier output that has its link already. */
import { statSync } from 'node:fs';
import { OtsError } from '../core/index.ts';
import type { Context } from './context.ts';
import { fileChunks, fileStats } from './each-bytes.ts';
import { type EachOutput, type EachRecord, type EarlierRow, notEarlier } from './each-record.ts';

/** Checks that the file can be read twice and is not what standard output writes. @throws OtsError `usage` */
export function checkResumeFile(ctx: Context, path: string): void {
  const stats = fileStats(path, 'the file of --resume is not there, or is no file');
  if (!stats.isFile())
    throw new OtsError('usage', 'the file of --resume is no file', { hint: 'save it to one first' });
  if (ctx.io.writesTo(statSync(path))) {
    throw new OtsError('usage', 'the file of --resume is the one that the output goes to', {
      hint: 'write to another file; if the shell has emptied it, the links in it are lost (ots receipts knows them)',
    });
  }
}

/**
 * Records with what is kept of an earlier run.
 *
 * @throws OtsError `usage` when a row belongs to another record, or there are more rows than records
 */
export async function* withEarlier(
  records: AsyncGenerator<EachRecord>,
  output: EachOutput,
  path: string,
): AsyncGenerator<EachRecord> {
  let rows: ReturnType<EachOutput['earlier']> | undefined;
  let over = false;
  try {
    for await (const record of records) {
      // Only now: what the earlier output has to look like is known from the input's first line.
      rows ??= output.earlier(fileChunks(path));
      const next: IteratorResult<EarlierRow> | undefined = over ? undefined : await rows.next();
      over = next === undefined || next.done === true;
      if (next !== undefined && !next.done) {
        const { text, belongsTo } = next.value;
        if (!belongsTo(record)) throw notEarlier(`its row for record ${record.number} is of another record`);
        record.keptRow = text;
      }
      yield record;
    }
    rows ??= output.earlier(fileChunks(path));
    if (!over && !(await rows.next()).done) throw notEarlier('it has more rows than the input');
  } finally {
    await rows?.return(undefined);
  }
}
