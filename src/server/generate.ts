/** Random values made by the server, for clients that ask for one. The program itself makes its values locally. */

import { randomInt } from 'node:crypto';

const SETS = [
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  'abcdefghijklmnopqrstuvwxyz',
  '0123456789',
  '*$!?()@#%^',
] as const;
const ALL = SETS.join('');

export const DEFAULT_GENERATED_LENGTH = 12;
export const MAX_GENERATED_LENGTH = 128;

function pick(set: string): string {
  return set.charAt(randomInt(set.length));
}

/**
 * Makes a value with at least one character of each kind.
 * @param length 1 to 128; below four it becomes four, one of each kind.
 */
export function generateValue(length: number): string {
  const characters: string[] = SETS.map(pick);
  while (characters.length < length) characters.push(pick(ALL));
  // Fisher and Yates: without it the first four would always be of known kinds.
  for (let last = characters.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    const kept = characters[last] ?? '';
    characters[last] = characters[other] ?? '';
    characters[other] = kept;
  }
  return characters.join('');
}
