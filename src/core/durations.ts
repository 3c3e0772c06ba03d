/** Durations and sizes as people write them. */
import { OtsError } from './errors.ts';

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;
const DURATION = /^(?:\d+[smhdw])+$/;
const SIZE_FACTOR: Record<string, number> = { '': 1, k: 1000, m: 1_000_000, g: 1_000_000_000 };

/**
 * Reads `90s`, `30m`, `12h`, `7d`, `2w`, combinations (`1d12h`), or plain seconds.
 *
 * @returns whole seconds, 1 to 2^31 - 1
 * @throws OtsError `usage`
 */
export function parseDuration(text: string): number {
  const spec = text.trim().toLowerCase();
  let seconds = Number.NaN;
  if (/^\d+$/.test(spec)) seconds = Number(spec);
  else if (DURATION.test(spec)) {
    seconds = 0;
    for (const [, count, unit] of spec.matchAll(/(\d+)([smhdw])/g)) {
      seconds += Number(count) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
    }
  }
  if (!(seconds >= 1 && seconds < 2 ** 31)) {
    throw new OtsError('usage', 'that is not a duration', {
      hint: 'write it like 90s, 30m, 12h, 7d, 2w or 1d12h',
    });
  }
  return seconds;
}

/** Writes seconds in at most two units, largest first: `7d`, `1h30m`, `45s`. Rounds down. */
export function formatDuration(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join('') || '0s';
}

/**
 * Reads `10000`, `64k`, `1M`: decimal factors, as the servers count.
 *
 * @returns whole bytes, 1 to 2^40
 * @throws OtsError `usage`
 */
export function parseSize(text: string): number {
  const match = /^(\d+)([kmg]?)b?$/i.exec(text.trim());
  const bytes = match
    ? Number(match[1]) * (SIZE_FACTOR[(match[2] ?? '').toLowerCase()] ?? Number.NaN)
    : Number.NaN;
  if (!(bytes >= 1 && bytes <= 2 ** 40)) {
    throw new OtsError('usage', 'that is not a size', { hint: 'write it like 10000, 64k or 1M' });
  }
  return bytes;
}
