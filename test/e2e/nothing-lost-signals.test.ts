/** A signal at every stage of `reveal` and `share`: what was fetched is somewhere, what was not is still there. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gate, start } from '../support/faults.ts';
import { plantText } from '../support/hostile.ts';
import { type Person, person, withServer } from '../support/program.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Far more than any pipe holds, so that a reader who does not read stops the writer. */
const LARGE = randomBytes(1_500_000);
const ROOMY = { maxTextBytes: 4_000_000 };
/** A dialect named by hand is not probed, so that the program knows of no claims. */
const WAYS = [
  ['with claims', []],
  ['without claims', ['--api', 'v3']],
] as const;

function onlyRecovered(who: Person): string {
  const files = who.recovered();
  expect(files).toHaveLength(1);
  return join(who.state, 'recovered', files[0] ?? '');
}

test.each(SIGNALS)(
  '%s before anything is spent: it ends, nothing is left and the secret is still there',
  async (signal) => {
    const held = gate(/\/status$/);
    await withServer(
      async (server) => {
        const link = await person(server.url).share('still there', ['--api', 'v3']);
        const who = person();
        const reveal = start(who, ['reveal', link, '-o', 'out']);
        await held.arrived;
        reveal.kill(signal);
        expect(await reveal.ended()).toMatchObject({ code: null, signal });
        held.open();
        expect(server.reveals()).toBe(0);
        expect(readdirSync(who.folder)).toEqual([]);
        expect(who.recovered()).toEqual([]);
        expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'still there' });
      },
      { before: held.before },
    );
  },
);

for (const [way, more] of WAYS) {
  test.each(SIGNALS)(
    `%s while the request is under way, ${way}: the answer is awaited and kept`,
    async (signal) => {
      const held = gate(/\/reveal$/);
      await withServer(
        async (server) => {
          const link = await person(server.url).share('on its way');
          const who = person();
          const reveal = start(who, ['reveal', link, '-o', 'out', ...more]);
          await held.arrived;
          reveal.kill(signal);
          await reveal.says('it will be kept');
          held.open();
          const { code, stdout, stderr } = await reveal.ended();
          expect({ code, stdout: stdout.length }).toEqual({ code: 130, stdout: 0 });
          const path = onlyRecovered(who);
          expect(stderr).toContain(path);
          expect(readdirSync(who.folder)).toEqual([]);
          expect((await who.ots(['receipts'])).stderr).toContain(path);
          expect((await who.ots(['status', link])).text).toMatch(/^(?:revealed|gone)\t/);
          expect(await who.ots(['decrypt', '--link', link, path])).toMatchObject({
            code: 0,
            text: 'on its way',
          });
          expect(who.recovered()).toEqual([]);
        },
        { before: held.before },
      );
    },
  );

  test.each([...SIGNALS, 'SIGKILL'] as const)(
    `%s while a slow reader takes the secret, ${way}: all of it is kept`,
    (signal) =>
      withServer(async (server) => {
        const link = await person(server.url).share(LARGE, ['--max-size', '4M']);
        const who = person();
        const reveal = start(who, ['reveal', link, ...more]);
        await reveal.firstOutput();
        reveal.kill(signal);
        const { code, stdout } = await reveal.ended();
        expect(code).toBe(signal === 'SIGKILL' ? null : 130);
        expect(stdout.length).toBeLessThan(LARGE.length);
        expect(LARGE.subarray(0, stdout.length).equals(stdout)).toBe(true);
        const kept = who.recovered().filter((name) => !name.endsWith('.claim'));
        expect(kept).toEqual([expect.stringMatching(/\.ots$/)]);
        const path = join(who.state, 'recovered', kept[0] ?? '');
        const opened = await who.ots(['decrypt', '--link', link, path]);
        expect(opened.code).toBe(0);
        expect(opened.stdout.equals(LARGE)).toBe(true);
      }, ROOMY),
  );
}

test('interrupted while a slow reader takes an ordinary secret: only then it is written to disk, as it was', () =>
  withServer(async (server) => {
    const text = LARGE.toString('base64');
    const { link } = await plantText(server.url, text);
    const who = person();
    const reveal = start(who, ['reveal', link]);
    await reveal.firstOutput();
    expect(who.recovered().filter((name) => /\.(?:ots|txt)$/.test(name))).toEqual([]);
    reveal.kill('SIGTERM');
    expect((await reveal.ended()).code).toBe(130);
    const path = onlyRecovered(who);
    expect(path).toMatch(/\.txt$/);
    expect(readFileSync(path, 'utf8') === text).toBe(true);
    const opened = await who.ots(['decrypt', path]);
    expect(opened.text === text).toBe(true);
    expect(who.recovered()).toEqual([]);
  }, ROOMY));

test('interrupted between delivery and acknowledgement: delivered, and said so', async () => {
  const held = gate(/\/acknowledge$/);
  await withServer(
    async (server) => {
      const link = await person(server.url).share('delivered');
      const who = person();
      const reveal = start(who, ['reveal', link]);
      await held.arrived;
      reveal.kill('SIGINT');
      const { code, stdout, stderr } = await reveal.ended();
      expect({ code, text: stdout.toString() }).toEqual({ code: 130, text: 'delivered' });
      expect(stderr).toMatch(/after delivery/);
      expect(who.recovered()).toEqual([]);
      held.open();
    },
    { before: held.before },
  );
});

test('three signals end it at once: no half file and no empty reservation is left, and it says what to do', async () => {
  const held = gate(/\/reveal$/);
  await withServer(
    async (server) => {
      const link = await person(server.url).share('x');
      const who = person();
      const reveal = start(who, ['reveal', link, '-o', 'out']);
      await held.arrived;
      for (const signal of SIGNALS) reveal.kill(signal);
      const { code, stderr } = await reveal.ended();
      expect(code).toBe(130);
      expect(stderr).toMatch(/ended at once; ask with ots status/);
      expect(readdirSync(who.folder)).toEqual([]);
      // The claim stays: with it the next reveal gets what this one did not wait for.
      expect(who.recovered()).toEqual([expect.stringMatching(/\.claim$/)]);
      held.open();
      expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'x' });
      expect(who.recovered()).toEqual([]);
    },
    { before: held.before },
  );
});

test('share interrupted while it still reads: nothing is stored', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const share = start(who, ['share', '-']);
    share.kill('SIGINT');
    expect(await share.ended()).toMatchObject({ code: null, signal: 'SIGINT' });
    expect(server.conceals()).toBe(0);
    expect(await who.ots(['receipts'])).toMatchObject({ code: 0, text: '' });
  }));

test.each(SIGNALS)(
  'share stopped by %s while the request is under way: the link is printed and the receipt kept',
  async (signal) => {
    const held = gate(/\/conceal$/);
    await withServer(
      async (server) => {
        const who = person(server.url);
        const share = start(who, ['share'], 'shared all the same');
        await held.arrived;
        share.kill(signal);
        await share.says('may be stored already; waiting for its link');
        held.open();
        const { code, stdout, stderr } = await share.ended();
        expect(code).toBe(130);
        expect(stderr).toMatch(/after the secret was shared\nhint: to destroy it: ots burn [0-9a-z]+\n/);
        expect((await who.ots(['receipts', '--json'])).rows).toMatchObject([{ state: 'new' }]);
        const link = stdout.toString().trim();
        expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'shared all the same' });
      },
      { before: held.before },
    );
  },
);

test('share stopped by three signals: it says that a secret may remain', async () => {
  const held = gate(/\/conceal$/);
  await withServer(
    async (server) => {
      const share = start(person(server.url), ['share'], 'x');
      await held.arrived;
      for (const signal of SIGNALS) share.kill(signal);
      const { code, stdout, stderr } = await share.ended();
      expect({ code, stdout: stdout.length }).toEqual({ code: 130, stdout: 0 });
      expect(stderr).toMatch(/a secret that nobody has the link to may remain on http/);
      held.open();
    },
    { before: held.before },
  );
});
