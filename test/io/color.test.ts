/** The colour level: first match wins. */
import { expect, test } from 'vitest';
import { type ColorMode, colorLevel, painter } from '../../src/io/color.ts';

const cases: [ColorMode, Record<string, string>, boolean, 0 | 1][] = [
  ['auto', {}, true, 1],
  ['auto', {}, false, 0],
  ['always', {}, false, 1],
  ['always', { NO_COLOR: '1', TERM: 'dumb' }, false, 1],
  ['never', { FORCE_COLOR: '1' }, true, 0],
  ['auto', { NO_COLOR: '1' }, true, 0],
  ['auto', { NO_COLOR: '0' }, true, 0],
  ['auto', { NO_COLOR: '' }, true, 1],
  ['auto', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, 0],
  ['auto', { FORCE_COLOR: '1' }, false, 1],
  ['auto', { FORCE_COLOR: '' }, false, 1],
  ['auto', { FORCE_COLOR: '0' }, true, 0],
  ['auto', { FORCE_COLOR: 'false' }, true, 0],
  ['auto', { FORCE_COLOR: '3', TERM: 'dumb' }, false, 1],
  ['auto', { TERM: 'dumb' }, true, 0],
  ['auto', { TERM: 'xterm' }, true, 1],
];

test.each(cases)('--color %s with %j, terminal %s: level %s', (mode, env, isTerminal, level) => {
  expect(colorLevel(mode, env, isTerminal)).toBe(level);
  expect(painter(level).red('x')).toBe(level === 0 ? 'x' : '\u001b[31mx\u001b[39m');
});
