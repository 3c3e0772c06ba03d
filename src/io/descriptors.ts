/** What the system knows of a stream's descriptor. */
import { fstatSync, readFileSync, statSync } from 'node:fs';

/**
 * Whether a stream was closed (`>&-`): Node puts the null device in its place, for reading and writing, and whatever is
 * written there is lost. A shell's `> /dev/null` is for writing only, and meant. Only Linux can tell.
 */
export function isClosed(stream: object): boolean {
  const { fd } = stream as { fd?: number };
  if (fd === undefined) return false;
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    const { rdev } = fstatSync(fd);
    return rdev !== 0 && rdev === statSync('/dev/null').rdev && (Number.parseInt(flags ?? '0', 8) & 3) === 2;
  } catch {
    return false;
  }
}
