/** What strangers wrote, made harmless for a terminal. */
import { expect, test } from 'vitest';
import { sanitize, sanitizeLine } from '../../src/io/sanitize.ts';

test.each([
  ['plain text', 'plain text', 0],
  ['tab\tand\nnewline\n', 'tab\tand\nnewline\n', 0],
  ['dos\r\nlines\r\n', 'dos\nlines\n', 0],
  ['over\rwritten', 'over\\u{d}written', 1],
  ['\u001b[31mred', '\\u{1b}[31mred', 1],
  ['\u001b]52;c;AAAA\u0007', '\\u{1b}]52;c;AAAA\\u{7}', 2],
  ['\u009b31m', '\\u{9b}31m', 1],
  ['a\u0000b\u0008c\u007f', 'a\\u{0}b\\u{8}c\\u{7f}', 3],
  ['admin\u202etxt.exe', 'admin\\u{202e}txt.exe', 1],
  ['\u2066isolate\u2069', '\\u{2066}isolate\\u{2069}', 2],
  ['zero\u200bwidth\u200d\ufeff', 'zero\\u{200b}width\\u{200d}\\u{feff}', 3],
  ['soft\u00adhyphen', 'soft\\u{ad}hyphen', 1],
  ['line\u2028separator', 'line\\u{2028}separator', 1],
  ['tag\u{e0041}\u{e007f}', 'tag\\u{e0041}\\u{e007f}', 2],
  ['grüße 日本語 🙂 \u0301', 'grüße 日本語 🙂 \u0301', 0],
])('%j becomes %j', (untrusted, text, escaped) => {
  expect(sanitize(untrusted)).toEqual({ text, escaped });
});

test('no control character but tab and newline gets through', () => {
  for (let code = 0; code <= 0x2ffff; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const { text } = sanitize(String.fromCodePoint(code));
    expect(/(?![\t\n])\p{Cc}/u.test(text), code.toString(16)).toBe(false);
  }
});

test('a line stays one line', () => {
  expect(sanitizeLine('two\nlines\tand\r\nmore\u001b[A')).toBe('two lines and more\\u{1b}[A');
});
