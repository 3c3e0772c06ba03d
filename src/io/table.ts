/** Rows for people and for pipes: aligned with a heading on a terminal, tab-separated without one elsewhere. */
import { sanitizeLine } from './sanitize.ts';
import type { Streams } from './streams.ts';

const GAP = 2;
/** What a shortened cell keeps at its end: enough to tell identifiers apart. */
const KEPT_END = 8;
const LEAST_WIDTH = 20;

/**
 * Prints rows to stdout.
 *
 * @param rows untrusted text is fine; each row has as many cells as the heading
 * @param long the column that is shortened in its middle where a terminal is too narrow
 */
export async function printTable(
  io: Streams,
  heading: string[],
  rows: string[][],
  long?: number,
): Promise<void> {
  const clean = rows.map((row) => row.map(sanitizeLine));
  if (!io.stdoutIsTerminal) {
    if (clean.length > 0) await io.out(`${clean.map((row) => row.join('\t')).join('\n')}\n`);
    return;
  }
  const widths = heading.map((title, column) =>
    clean.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length),
  );
  if (long !== undefined) {
    const others = widths.reduce((sum, width, column) => sum + (column === long ? 0 : width + GAP), 0);
    widths[long] = Math.min(widths[long] ?? 0, Math.max(LEAST_WIDTH, io.columns - others));
  }
  const line = (cells: string[]): string =>
    cells
      .map((cell, column) => shorten(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0))
      .join(' '.repeat(GAP))
      .trimEnd();
  await io.out(`${[io.paint.dim(line(heading)), ...clean.map(line)].join('\n')}\n`);
}

function shorten(cell: string, width: number): string {
  if (cell.length <= width) return cell;
  return `${cell.slice(0, width - KEPT_END - 1)}\u2026${cell.slice(-KEPT_END)}`;
}
