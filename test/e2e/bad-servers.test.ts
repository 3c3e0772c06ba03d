/** Servers that fail: whatever they do, one clear error, the documented exit code, at most one request that spends. */
import { expect, test } from 'vitest';
import { formatLink } from '../../src/core/index.ts';
import { DELAYS, type Hostile, MISBEHAVIOURS, withHostile } from '../support/hostile.ts';
import { person, type Run } from '../support/program.ts';

const ID = 'd4'.repeat(31);
const KEY = new Uint8Array(32).fill(7);
const GATED = 0x12;

/** share, reveal, status and burn against one server, side by side. */
async function everyCommand({ url }: Hostile, more: string[]): Promise<Record<string, Run>> {
  const link = formatLink(url, ID, GATED, KEY);
  const runs = await Promise.all([
    person(url).ots(['share', ...more], { stdin: 'x' }),
    person(url).ots(['reveal', link, ...more]),
    person(url).ots(['status', link, ...more]),
    person(url).ots(['burn', link, ...more]),
  ]);
  const [share, reveal, status, burn] = runs;
  return { share, reveal, status, burn } as Record<string, Run>;
}

function expectOneClearError(runs: Record<string, Run>): void {
  for (const [verb, { code, text, stderr }] of Object.entries(runs)) {
    expect(code, `${verb}: ${stderr}`).toBe(6);
    expect(stderr, verb).toMatch(/^ots: .*127\.0\.0\.1:\d+.*\n(?:hint: .+\n)?$/);
    expect(stderr, verb).not.toMatch(/undefined|<html|\n {4}at /);
    // burn reports each of its targets in a row; the others have no result to print.
    if (verb === 'burn') expect(text).toMatch(/^failed\tspend\t\S+\n$/);
    else expect(text, verb).toBe('');
  }
}

const EVERYTHING = { ...MISBEHAVIOURS, ...DELAYS };
const SPENDING = /\/reveal$/;

for (const [kind, behaviour] of Object.entries(EVERYTHING)) {
  const more = kind in DELAYS ? ['--timeout', '1'] : [];

  test(`a server that answers everything with ${kind}`, () =>
    withHostile(behaviour, 'never', async (hostile) => {
      expectOneClearError(await everyCommand(hostile, more));
      expect(hostile.writes()).toEqual([]);
    }));

  test(`a server that looks right, and answers what counts with ${kind}`, () =>
    withHostile(behaviour, 'write', async (hostile) => {
      const { status, ...runs } = await everyCommand(hostile, more);
      expect(status?.code).toBe(6);
      expectOneClearError(runs);
      // One for reveal and one for burn, which spends what it has no receipt of; share created once.
      expect(hostile.writes().filter((line) => SPENDING.test(line))).toHaveLength(2);
      expect(hostile.writes().filter((line) => !SPENDING.test(line))).toHaveLength(1);
      expect(runs['reveal']?.stderr).toMatch(/may have been spent|nothing was spent|redirects/);
    }));
}

test('an error is one JSON object with --json, and nothing on stderr', () =>
  withHostile(MISBEHAVIOURS['502 with a page'], 'never', async (hostile) => {
    const { burn, ...runs } = await everyCommand(hostile, ['--json']);
    for (const { code, rows, stderr } of Object.values(runs)) {
      expect({ code, stderr }).toEqual({ code: 6, stderr: '' });
      expect(rows).toEqual([
        { error: { code: 'network', message: expect.any(String), hint: expect.any(String), exit_code: 6 } },
      ]);
    }
    expect(burn?.rows).toMatchObject([{ result: 'failed', how: 'spend', error: { code: 'network' } }]);
  }));
