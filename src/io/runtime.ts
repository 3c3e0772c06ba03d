/** What runs the program. */

/** The version of Node, as `20.19.0`. */
export function nodeVersion(): string {
  return process.versions.node;
}
