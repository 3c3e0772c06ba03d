/** A sign of life on the terminal for work that takes longer than 200 ms. */
import type { Streams } from './streams.ts';

const DELAY_MS = 200;
const FRAME_MS = 100;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const ERASE_LINE = '\r\u001b[2K';

/** Runs `work`; on a terminal `label` shows with a spinner once it takes longer than 200 ms, and is erased after. */
export async function withProgress<T>(io: Streams, label: string, work: () => Promise<T>): Promise<T> {
  if (!io.stderrIsTerminal || io.quiet) return work();
  let tick = 0;
  let frames: NodeJS.Timeout | undefined;
  const draw = (): void =>
    io.ticker(`${ERASE_LINE}${io.paint.dim(`${FRAMES[tick++ % FRAMES.length]} ${label}`)}`);
  const start = setTimeout(() => {
    draw();
    frames = setInterval(draw, FRAME_MS);
  }, DELAY_MS);
  try {
    return await work();
  } finally {
    clearTimeout(start);
    if (frames !== undefined) {
      clearInterval(frames);
      io.ticker(ERASE_LINE);
    }
  }
}
