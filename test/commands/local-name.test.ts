/** The sender's file name, made harmless on this machine. */
import { expect, test } from 'vitest';
import { localName } from '../../src/commands/destination.ts';

test.each([
  [undefined, 'secret'],
  ['notes.txt', 'notes.txt'],
  ['böse datei.bin', 'böse datei.bin'],
  ['.bashrc', '_bashrc'],
  ['..hidden', '_hidden'],
  ['...', '_'],
  ['-rf', '_rf'],
  ['--force', '_force'],
  ['~root', '_root'],
  ['a<b>c"d|e?f*g', 'a_b_c_d_e_f_g'],
  ['trailing. . ', 'trailing_'],
  ['CON', '_CON'],
  ['con.txt', '_con.txt'],
  ['Lpt1.doc', '_Lpt1.doc'],
  ['console.txt', 'console.txt'],
  ['com10', 'com10'],
])('%j is saved as %j', (filename, name) => {
  expect(localName(filename)).toBe(name);
});
