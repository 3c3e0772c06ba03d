/** QR codes in half blocks, for a camera in front of the terminal. */
import { renderUnicodeCompact } from 'uqr';

/** Draws a text as a QR code with a quiet zone. @returns lines of block characters, light on dark made dark on light */
export function drawQr(text: string): string {
  // Low correction keeps a link of 150 characters at a size that fits most terminals.
  return renderUnicodeCompact(text, { ecc: 'L', border: 2 });
}
