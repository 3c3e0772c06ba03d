/**
 * Changes single lines of `config.toml`, so that comments, order and spacing of everything else stay as they were.
 * What it does not understand (inline tables, dotted keys) it leaves alone: the caller reads the result again.
 */

const HEADER = /^\s*\[{1,2}\s*(.*?)\s*\]{1,2}\s*(?:#.*)?$/;
const KEY = /^\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))\s*=/;
/** The comment behind a value that is written on one line. */
const COMMENT = /=\s*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^#"']*?)(\s*#.*)$/;

/** The line of a key, counted from 1; undefined when it is not on a line of its own. */
export function lineOf(text: string, profile: string | undefined, key: string): number | undefined {
  const lines = text.split('\n');
  const { first, end } = section(lines, profile);
  for (let index = first; index < end; index++) if (keyOn(lines[index]) === key) return index + 1;
  return undefined;
}

/** The line of a table's heading, counted from 1. */
export function headingOf(text: string, profile: string): number | undefined {
  const { first } = section(text.split('\n'), profile);
  return first === -1 ? undefined : first;
}

/**
 * Sets a key, in place where it stands already.
 *
 * @param profile its table; undefined for the top
 * @param value without control characters
 */
export function withValue(text: string, profile: string | undefined, key: string, value: string): string {
  const lines = text.split('\n');
  const at = lineOf(text, profile, key);
  // A JSON string of text without control characters is a basic string of TOML.
  const entry = `${key} = ${JSON.stringify(value)}`;
  if (at !== undefined) {
    const comment = COMMENT.exec((lines[at - 1] ?? '').replace(/\r$/, ''))?.[1] ?? '';
    lines[at - 1] = entry + comment;
    return lines.join('\n');
  }
  let { first, end } = section(lines, profile);
  if (first === -1) {
    while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop();
    if (lines.length > 0) lines.push('');
    lines.push(`[profiles.${profile}]`, '');
    first = lines.length - 1;
    end = first;
  }
  // Behind the last value: comments before the next table belong to that.
  let place = end;
  while (place > first && /^\s*(?:#.*)?$/.test(lines[place - 1] ?? '')) place--;
  lines.splice(place, 0, entry);
  // Between the top and the first table an empty line; a newline at the end.
  if (lines[place + 1] !== undefined && HEADER.test(lines[place + 1] ?? '')) lines.splice(place + 1, 0, '');
  if (lines.at(-1) !== '') lines.push('');
  return lines.join('\n');
}

/** Removes a key's line, if there is one. */
export function withoutValue(text: string, profile: string | undefined, key: string): string {
  const at = lineOf(text, profile, key);
  if (at === undefined) return text;
  const lines = text.split('\n');
  lines.splice(at - 1, 1);
  return lines.join('\n');
}

/** The lines of a table, heading excluded; `first` is -1 when there is none. */
function section(lines: string[], profile: string | undefined): { first: number; end: number } {
  const headings = lines.flatMap((line, index) => (HEADER.test(line) ? [index] : []));
  if (profile === undefined) return { first: 0, end: headings[0] ?? lines.length };
  const heading = headings.find((index) => profileOn(lines[index] ?? '') === profile);
  if (heading === undefined) return { first: -1, end: -1 };
  return { first: heading + 1, end: headings.find((index) => index > heading) ?? lines.length };
}

function profileOn(line: string): string | undefined {
  const name = /^(?:profiles|"profiles"|'profiles')\s*\.\s*(?:"([^"\\]+)"|'([^']+)'|([A-Za-z0-9_-]+))$/.exec(
    HEADER.exec(line)?.[1] ?? '',
  );
  return name?.[1] ?? name?.[2] ?? name?.[3];
}

function keyOn(line: string | undefined): string | undefined {
  const entry = KEY.exec(line ?? '');
  return entry?.[1] ?? entry?.[2] ?? entry?.[3];
}
