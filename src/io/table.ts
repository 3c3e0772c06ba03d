/** Rows for people and for pipes: aligned with a heading on a terminal, tab-separated without one elsewhere. */
import { sanitizeLine } from './sanitize.ts';
import type { Streams } from './streams.ts';

/** Prints rows to stdout. @param rows untrusted text is fine; each row has as many cells as the heading */
export async function printTable(io: Streams, heading: string[], rows: string[][]): Promise<void> {
  const clean = rows.map((row) => row.map(sanitizeLine));
  if (!io.stdoutIsTerminal) {
    if (clean.length > 0) await io.out(`${clean.map((row) => row.join('\t')).join('\n')}\n`);
    return;
  }
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...clean.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  await io.out(`${[io.paint.dim(line(heading)), ...clean.map(line)].join('\n')}\n`);
}
