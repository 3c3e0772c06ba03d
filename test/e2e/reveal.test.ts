/** `ots reveal`: where the secret goes, what it says when it is gone, and what is kept when something fails. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatLink } from '../../src/core/index.ts';
import { plantText, withHostile } from '../support/hostile.ts';
import { type Person, partsOf, person, type TestServer, withServer } from '../support/program.ts';

function withPerson(act: (who: Person, server: TestServer) => Promise<void>): Promise<void> {
  return withServer((server) => act(person(server.url), server));
}

test('-o writes a private file in one step, and overwrites only with --force', () =>
  withPerson(async (who) => {
    const target = join(who.folder, 'out');
    const link = await who.share('first');
    expect(await who.ots(['reveal', link, '-o', 'out'])).toMatchObject({ code: 0, text: '', stderr: '' });
    expect(readFileSync(target, 'utf8')).toBe('first');
    expect(statSync(target).mode & 0o777).toBe(0o600);
    const second = await who.share('second');
    expect(await who.ots(['reveal', second, '-o', 'out'])).toMatchObject({ code: 2 });
    expect(readFileSync(target, 'utf8')).toBe('first');
    expect(await who.ots(['reveal', second, '-f', '-o', 'out'])).toMatchObject({ code: 0 });
    expect(readFileSync(target, 'utf8')).toBe('second');
    expect(readdirSync(who.folder)).toEqual(['out']);
    expect(await who.ots(['reveal', await who.share('third'), '-o', '-'])).toMatchObject({ text: 'third' });
  }));

test('-O uses the name inside the envelope', () =>
  withPerson(async (who) => {
    writeFileSync(join(who.folder, 'id.key'), 'key');
    const { text } = await who.ots(['share', 'id.key']);
    const reader = person();
    const saved = await reader.ots(['reveal', '-O', '--json', text.trim()]);
    const path = join(reader.folder, 'id.key');
    expect(saved.rows[0]).toMatchObject({ output: path, filename: 'id.key', encrypted: true });
    expect(saved.rows[0]).not.toHaveProperty('value');
    expect(readFileSync(path, 'utf8')).toBe('key');
  }));

test('the JSON of reveal, for text and for bytes', () =>
  withPerson(async (who, server) => {
    const link = await who.share('täxt');
    expect((await who.ots(['reveal', '--json', link])).rows).toEqual([
      {
        value: 'täxt',
        filename: null,
        media_type: null,
        server: server.url,
        secret_id: partsOf(link).id,
        encrypted: true,
      },
    ]);
    const [bytes] = (await who.ots(['reveal', '--json', await who.share(Buffer.of(255, 0))])).rows;
    expect(bytes).toMatchObject({ value_base64: '/wA=' });
    expect(bytes).not.toHaveProperty('value');
  }));

test('what is gone is an alarm, and says how it went where the receipt is known', () =>
  withPerson(async (who) => {
    const link = await who.share('x');
    await person().ots(['reveal', link]);
    const burned = await who.share('x');
    await who.ots(['burn', burned]);
    for (const [gone, how] of [
      [link, /gone: it was revealed/],
      [burned, /gone: it was burned/],
    ] as const) {
      const missing = await who.ots(['reveal', gone]);
      expect(missing).toMatchObject({ code: 3, text: '' });
      expect(missing.stderr).toMatch(how);
      expect(missing.stderr).toMatch(/hint: .*replaced|rotated/);
    }
  }));

test('a link cut right before its # spends the view but loses nothing', () =>
  withPerson(async (who) => {
    const link = await who.share('precious');
    const cut = await who.ots(['reveal', partsOf(link).path]);
    expect(cut).toMatchObject({ code: 9, text: '' });
    expect(cut.stderr).toMatch(/part after # is missing/);
    const [file = ''] = who.recovered();
    expect(file).toMatch(/\.ots$/);
    const path = join(who.state, 'recovered', file);
    expect(cut.stderr).toContain(path);
    expect(readFileSync(path, 'utf8')).not.toContain('precious');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(who.state, 'recovered')).mode & 0o777).toBe(0o700);
    expect((await who.ots(['receipts', '--json'])).rows.at(-1)).toMatchObject({ recovered: path });
    const other = await who.share('another');
    expect(await who.ots(['decrypt', '--link', other, path])).toMatchObject({ code: 9, text: '' });
    expect(who.recovered()).toHaveLength(1);
    expect(await who.ots(['decrypt', '--link', link, path])).toMatchObject({ code: 0, text: 'precious' });
    expect(who.recovered()).toEqual([]);
  }));

test('a text form behind an ordinary link is printed only with --plain', () =>
  withPerson(async (who) => {
    const { path } = partsOf(await who.share('x'));
    const plain = await who.ots(['reveal', '--plain', path]);
    expect(plain.code).toBe(0);
    expect(plain.text).toMatch(/ots1\.[\w-]+\./);
  }));

test('a secret of another client is revealed as the server gives it', () =>
  withPerson(async (who, server) => {
    const { link } = await plantText(server.url, 'from a browser\n');
    for (const written of [`${link}/`, `<${link}>`]) {
      const { link: fresh } = await plantText(server.url, 'from a browser\n');
      const given = written.replace(link, fresh);
      expect(await who.ots(['reveal', given])).toMatchObject({ code: 0, text: 'from a browser\n' });
    }
  }));

test('with a fragment, only what opens under its key is ever shown', async () => {
  const record = { secret_value: 'pay to this account instead', state: 'revealed' };
  const lie: Parameters<typeof withHostile>[0] = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ success: true, record, details: {} }));
  };
  await withHostile(lie, 'write', async ({ url }) => {
    const who = person();
    const link = formatLink(url, 'e5'.repeat(31), 0x10, new Uint8Array(32).fill(9));
    const lied = await who.ots(['reveal', link]);
    expect(lied).toMatchObject({ code: 9, text: '' });
    expect(lied.stderr).toMatch(/kept in /);
    expect(lied.stderr).not.toContain('account');
    expect(who.recovered()).toHaveLength(1);
  });
});

test('the wrong passphrase three times, then the right one', () =>
  withPerson(async (who) => {
    const env = { OTS_PASSPHRASE: 'the right one' };
    const link = await who.share(Buffer.alloc(3000, 7), [], { env });
    const reader = person();
    for (const guess of ['first guess', 'second guess', 'third guess']) {
      const wrong = await reader.ots(['reveal', link], { env: { OTS_PASSPHRASE: guess } });
      expect(wrong).toMatchObject({ code: 4, text: '' });
      expect(wrong.stderr).not.toContain(guess);
    }
    const right = await reader.ots(['reveal', link], { env });
    expect(right.stdout.equals(Buffer.alloc(3000, 7))).toBe(true);
  }));

test('the server killed between share and reveal', () =>
  withPerson(async (who, server) => {
    const link = await who.share('x');
    await server.kill();
    const failed = await who.ots(['reveal', link]);
    expect(failed).toMatchObject({ code: 6, text: '' });
    expect(failed.stderr).toMatch(/could not connect/);
    expect(who.recovered()).toEqual([]);
  }));

test('many readers at once: one gets the secret, the others an alarm', () =>
  withPerson(async (who) => {
    const link = await who.share('only once');
    const runs = await Promise.all(Array.from({ length: 4 }, () => person().ots(['reveal', link])));
    expect(runs.map(({ code }) => code).sort()).toEqual([0, 3, 3, 3]);
    expect(runs.map(({ text }) => text).join('')).toBe('only once');
  }));

test('fetched here and not delivered: revealing it again says where it waits, and raises no alarm', () =>
  withPerson(async (who) => {
    const link = await who.share('precious');
    await who.ots(['reveal', partsOf(link).path]);
    const again = await who.ots(['reveal', link]);
    const [file = ''] = who.recovered();
    expect(again).toMatchObject({ code: 3, text: '' });
    expect(again.stderr).toContain(`ots decrypt --link LINK ${join(who.state, 'recovered', file)}`);
    expect(again.stderr).not.toMatch(/someone else/);
    expect(await who.ots(['decrypt', '--link', link, join(who.state, 'recovered', file)])).toMatchObject({
      text: 'precious',
    });
  }));

test('the alarm about a secret of somebody else is said once', () =>
  withPerson(async (who, server) => {
    const link = await who.share('x');
    await who.ots(['reveal', link]);
    const gone = await person(server.url).ots(['reveal', link]);
    expect(gone).toMatchObject({ code: 3, text: '' });
    expect(gone.stderr.match(/treat it as read by someone else/g)).toHaveLength(1);
  }));
