/** QR codes in half blocks, for a camera in front of the terminal. */
import { renderUnicodeCompact } from 'uqr';

/** Draws a text as a QR code with a quiet zone. @returns lines of block characters, light on dark made dark on light */
export function drawQr(text: string): string {
  // Low correction keeps a link of 150 characters at a size that fits most terminals.
  return renderUnicodeCompact(text, { ecc: 'L', border: 2 });
}

/** What a terminal lacks to show a drawing whole, in characters; without a terminal nothing. */
export function roomFor(
  code: string,
  terminal: { columns: number; rows: number } | undefined,
): { columns: number; rows: number } {
  if (terminal === undefined) return { columns: 0, rows: 0 };
  const lines = code.split('\n');
  // One row is the cursor's.
  return { columns: (lines[0]?.length ?? 0) - terminal.columns, rows: lines.length + 1 - terminal.rows };
}
