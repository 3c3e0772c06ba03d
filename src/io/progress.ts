/** A sign of life on the terminal for work that takes longer than 200 ms, gone afterwards without a trace. */
import { beforeSignalEnds } from './signals.ts';
import type { Streams } from './streams.ts';

const DELAY_MS = 200;
const FRAME_MS = 100;
const FRAMES = [
  '\u280b',
  '\u2819',
  '\u2839',
  '\u2838',
  '\u283c',
  '\u2834',
  '\u2826',
  '\u2827',
  '\u2807',
  '\u280f',
];

/** Runs `work`; on a terminal `label` shows with a spinner once it takes longer than 200 ms, and is erased after. */
export async function withProgress<T>(io: Streams, label: string, work: () => Promise<T>): Promise<T> {
  if (!io.showsProgress) return work();
  let tick = 0;
  let frames: NodeJS.Timeout | undefined;
  const draw = (): void => io.progress(`${FRAMES[tick++ % FRAMES.length]} ${label}`);
  const start = setTimeout(() => {
    draw();
    frames = setInterval(draw, FRAME_MS);
  }, DELAY_MS);
  const tidy = beforeSignalEnds(() => io.progress(undefined));
  try {
    return await work();
  } finally {
    tidy();
    clearTimeout(start);
    clearInterval(frames);
    io.progress(undefined);
  }
}

/** A line at the bottom of the terminal that tells how far something is. Nothing without a terminal, or when quiet. */
export interface ProgressLine {
  /** Makes room for other output; the line comes back by itself. */
  hide(): void;
  end(): void;
}

/** Shows what `words` says, again and again, once it takes longer than 200 ms. */
export function progressLine(io: Streams, words: () => string): ProgressLine {
  if (!io.showsProgress) return { hide: () => undefined, end: () => undefined };
  const draw = (): void => io.progress(words());
  const hide = (): void => io.progress(undefined);
  let frames: NodeJS.Timeout | undefined;
  const start = setTimeout(() => {
    draw();
    frames = setInterval(draw, FRAME_MS);
  }, DELAY_MS);
  const tidy = beforeSignalEnds(hide);
  return {
    hide,
    end() {
      tidy();
      clearTimeout(start);
      clearInterval(frames);
      hide();
    },
  };
}

const BAR_CELLS = 20;

/** A bar for a part of a whole. @param part 0 to 1 */
export function bar(part: number): string {
  const full = Math.round(Math.min(1, Math.max(0, part)) * BAR_CELLS);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}] ${Math.floor(part * 100)} %`;
}
