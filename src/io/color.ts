/**
 * The colour level, computed once, and the few styles that the program uses. chalk does not honour NO_COLOR by itself.
 */
import { Chalk } from 'chalk';

export type ColorMode = 'auto' | 'always' | 'never';

export interface Painter {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

/** First match wins: --color, NO_COLOR, FORCE_COLOR, TERM=dumb, is it a terminal. Source: no-color.org. */
export function colorLevel(
  mode: ColorMode,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): 0 | 1 {
  if (mode !== 'auto') return mode === 'always' ? 1 : 0;
  if (env['NO_COLOR']) return 0;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force === '0' || force === 'false' ? 0 : 1;
  if (env['TERM'] === 'dumb') return 0;
  return isTerminal ? 1 : 0;
}

/** The 16 colours that every terminal theme defines, or none. */
export function painter(level: 0 | 1): Painter {
  return new Chalk({ level });
}
