/** What CI runners read between the lines of a job's log. Source: GitHub, "Workflow commands for GitHub Actions". */
import { fstatSync } from 'node:fs';

/** Whether standard error may lead to a runner: a file keeps everything, and nobody reads it in time. */
export function stderrMayReachRunner(): boolean {
  try {
    return !fstatSync(2).isFile();
  } catch {
    return false;
  }
}

/**
 * The commands that make GitHub's runner hide values in the log. It compares line by line, so each line of a value is
 * one; blank ones would be refused, and hiding a lone bracket would spoil every other line.
 */
export function githubMasks(values: string[]): string {
  const lines = values.flatMap((value) => value.split(/[\r\n]+/)).map((line) => line.trim());
  const worthy = lines.filter((line) => line.length > 3 || /[\p{L}\p{N}]/u.test(line));
  const escaped = [...new Set(worthy)].map((line) => line.replaceAll('%', '%25'));
  return escaped.map((line) => `::add-mask::${line}\n`).join('');
}
