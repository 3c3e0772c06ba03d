/** `ots share` and `ots generate`: every way in, every option, the exact shape of the JSON. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Person, partsOf, person, type TestServer, withServer } from '../support/program.ts';

const LINK = /^http:\/\/127\.0\.0\.1:\d+\/secret\/[0-9A-Za-z]{20,128}#[1-9A-HJ-NP-Za-km-z]{49}\n$/;

function withPerson(act: (who: Person, server: TestServer) => Promise<void>): Promise<void> {
  return withServer((server) => act(person(server.url), server));
}

/** Reveals as JSON. */
async function opened(who: Person, link: string, env: Record<string, string> = {}) {
  const revealed = await who.ots(['reveal', '--json', link], { env });
  expect(revealed, revealed.text).toMatchObject({ code: 0, stderr: '' });
  return revealed.rows[0];
}

test('from stdin: the link alone on stdout, silence on stderr, the bytes unchanged', () =>
  withPerson(async (who) => {
    for (const args of [['share'], ['share', '-'], ['conceal']]) {
      const shared = await who.ots(args, { stdin: ' line\r\n\n' });
      expect(shared).toMatchObject({ code: 0, stderr: '' });
      expect(shared.text).toMatch(LINK);
      expect(await who.ots(['get', '-'], { stdin: shared.text })).toMatchObject({ text: ' line\r\n\n' });
    }
  }));

test('from a file, with its name, another or none', () =>
  withPerson(async (who) => {
    writeFileSync(join(who.folder, 'böse datei.bin'), Buffer.of(0, 255, 10));
    for (const [args, filename] of [
      [[], 'böse datei.bin'],
      [['--name', 'x.key'], 'x.key'],
      [['--no-name'], null],
    ] as const) {
      const { text } = await who.ots(['share', 'böse datei.bin', ...args]);
      expect(await opened(who, text.trim())).toMatchObject({ value_base64: 'AP8K', filename });
    }
    const named = await who.share('from stdin', ['--name', 'later.txt']);
    expect(await opened(who, named)).toMatchObject({ value: 'from stdin', filename: 'later.txt' });
  }));

test('from an environment variable, and without a final newline', () =>
  withPerson(async (who) => {
    const shared = await who.ots(['share', '--env', 'DB'], { env: { DB: 'pässword' } });
    expect(await opened(who, shared.text.trim())).toMatchObject({ value: 'pässword', filename: null });
    for (const [stdin, value] of [
      ['a\n\n', 'a\n'],
      ['a\r\n', 'a'],
      ['a', 'a'],
    ] as const) {
      expect(await opened(who, await who.share(stdin, ['--trim']))).toMatchObject({ value });
    }
  }));

test('the JSON of share', () =>
  withPerson(async (who, server) => {
    const startedMs = Date.now();
    const shared = await who.ots(['share', '--json', '--ttl', '1d12h', '--label', 'db'], { stdin: 'x' });
    expect(shared).toMatchObject({ code: 0, stderr: '' });
    const [json] = shared.rows;
    expect(json).toEqual({
      link: expect.stringMatching(/^http.*#/),
      secret_id: partsOf(json.link).id,
      receipt_id: expect.stringMatching(/^[0-9A-Za-z]{20,128}$/),
      server: server.url,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
      expires_at: expect.any(String),
      ttl: 129_600,
      ttl_requested: 129_600,
      encrypted: true,
      has_passphrase: false,
      gated: false,
      label: 'db',
    });
    expect(Date.parse(json.created_at)).toBeGreaterThanOrEqual(startedMs - 1000);
    expect(Date.parse(json.expires_at) - Date.parse(json.created_at)).toBe(129_600_000);
  }));

test('a gate: the path alone can neither look nor spend, the link can', () =>
  withPerson(async (who, server) => {
    const shared = await who.ots(['share', '--gate', '--json'], { stdin: 'x' });
    expect(shared.rows[0]).toMatchObject({ gated: true, has_passphrase: false });
    const { link } = shared.rows[0];
    const pathOnly = await person().ots(['reveal', partsOf(link).path]);
    expect(pathOnly).toMatchObject({ code: 2, text: '' });
    expect(server.reveals()).toBe(0);
    expect(await person().ots(['reveal', link])).toMatchObject({ code: 0, text: 'x' });
  }));

test('a passphrase from a file and from the environment', () =>
  withPerson(async (who) => {
    const file = join(who.folder, 'passphrase');
    writeFileSync(file, '\ufeffcorrect horse\r\n');
    const link = await who.share('x', ['--passphrase-file', file]);
    expect(await opened(who, link, { OTS_PASSPHRASE: ' correct\u3000horse ' })).toMatchObject({ value: 'x' });
    const short = await who.ots(['share'], { stdin: 'x', env: { OTS_PASSPHRASE: '1234' } });
    expect(short).toMatchObject({ code: 0 });
    expect(short.stderr).toMatch(/^warning: .*short/);
    writeFileSync(file, '');
    const empty = await who.ots(['share', '--passphrase-file', file], { stdin: 'x' });
    expect(empty).toMatchObject({ code: 2, text: '' });
  }));

test('a generated passphrase is on stderr, or in JSON, and opens the secret', () =>
  withPerson(async (who) => {
    const shared = await who.ots(['share', '--generate-passphrase'], { stdin: 'x' });
    expect(shared.text).toMatch(LINK);
    const words = /^passphrase: ((?:[a-z]+-?)+)\n$/.exec(shared.stderr)?.[1] ?? '';
    expect(words.match(/[a-z]{3,}/g)?.length).toBeGreaterThanOrEqual(6);
    const env = { OTS_PASSPHRASE: words };
    expect(await opened(who, shared.text.trim(), env)).toMatchObject({ value: 'x' });
    const args = ['share', '--generate-passphrase', '--passphrase-words', '2', '--json', '--quiet'];
    const [json] = (await who.ots(args, { stdin: 'x' })).rows;
    expect(json).toMatchObject({ has_passphrase: true, gated: true });
    expect(json.generated_passphrase).toMatch(/^[a-z]+(?:-[a-z]+)+$/);
  }));

test('--plain: the server does the encryption, and stderr says so', () =>
  withPerson(async (who) => {
    const shared = await who.ots(['share', '--plain'], { stdin: 'plain text' });
    expect(shared.code).toBe(0);
    expect(shared.text).toMatch(/\/secret\/[0-9A-Za-z]+\n$/);
    expect(shared.stderr).toMatch(/server can read/);
    expect(await opened(who, shared.text.trim())).toMatchObject({ value: 'plain text', encrypted: false });
    const binary = await who.ots(['share', '--plain'], { stdin: Buffer.of(0xff, 0xfe) });
    expect(binary).toMatchObject({ code: 8, text: '' });
    const leak = await who.ots(['share', '--plain'], { stdin: 'x', env: { OTS_PASSPHRASE: 'pass phrase' } });
    expect(leak).toMatchObject({ code: 2, text: '' });
    expect(leak.stderr).toMatch(/never sent/);
  }));

test('a --plain secret with a passphrase needs it again, and OTS_PASSPHRASE is not sent for it', () =>
  withPerson(async (who, server) => {
    const file = join(who.folder, 'passphrase');
    writeFileSync(file, 'typed as it is \n');
    const link = await who.share('x', ['--plain', '--passphrase-file', file]);
    const refused = await who.ots(['reveal', link], { env: { OTS_PASSPHRASE: 'typed as it is' } });
    expect(refused).toMatchObject({ code: 2, text: '' });
    expect(server.reveals()).toBe(0);
    const guess = join(who.folder, 'guess');
    writeFileSync(guess, 'wrong');
    const wrong = await who.ots(['reveal', link, '--passphrase-file', guess]);
    expect(wrong).toMatchObject({ code: 4, text: '' });
    expect(await who.ots(['reveal', link, '--passphrase-file', file])).toMatchObject({ code: 0, text: 'x' });
  }));

test('a lifetime that the server changes is reported; --strict-ttl burns and fails', () =>
  withPerson(async (who, server) => {
    const shortened = await who.ots(['share', '--ttl', '1s', '--json'], { stdin: 'x' });
    expect(shortened.rows[0]).toMatchObject({ ttl: 60, ttl_requested: 1 });
    expect(shortened.stderr).toMatch(/warning: the server granted 60 s instead of 1 s/);
    const strict = await who.ots(['share', '--ttl', '1s', '--strict-ttl'], { stdin: 'x' });
    expect(strict).toMatchObject({ code: 8, text: '' });
    expect(strict.stderr).toMatch(/burned/);
    expect(server.asked.at(-1)?.path).toMatch(/\/burn$/);
    const env = { OTS_TTL: '2h' };
    expect((await who.ots(['share', '--json'], { stdin: 'x', env })).rows[0]).toMatchObject({ ttl: 7200 });
    expect((await who.ots(['share', '--json'], { stdin: 'x' })).rows[0]).toMatchObject({ ttl: 604_800 });
  }));

test('--no-receipt keeps no record', () =>
  withPerson(async (who) => {
    await who.share('x', ['--no-receipt']);
    expect(existsSync(join(who.state, 'receipts.jsonl'))).toBe(false);
  }));

test('a home that cannot be written costs the receipt, not the secret', () =>
  withPerson(async (who) => {
    const file = join(who.folder, 'file');
    writeFileSync(file, '');
    const env = { XDG_STATE_HOME: join(file, 'state'), XDG_CACHE_HOME: join(file, 'cache') };
    const shared = await who.ots(['share'], { stdin: 'x', env });
    expect(shared.text).toMatch(LINK);
    expect(shared.code).toBe(0);
    expect(shared.stderr).toMatch(/receipt could not be kept.*ots burn \S+/);
    expect(await who.ots(['reveal', shared.text.trim()], { env })).toMatchObject({ code: 0, text: 'x' });
  }));

test('generate: each alphabet, words, and the value with --show', () =>
  withPerson(async (who) => {
    const cases: [string[], RegExp][] = [
      [[], /^[0-9A-Za-z]{24}$/],
      [['--length', '200', '--alphabet', 'full'], /^[!-~]{200}$/],
      [['--length', '40', '--alphabet', 'hex'], /^[0-9a-f]{40}$/],
      [['--length', '6', '--alphabet', 'digits'], /^[0-9]{6}$/],
      [['--words', '5'], /^[a-z-]+$/],
    ];
    for (const [args, form] of cases) {
      const made = await who.ots(['generate', '--json', '--show', ...args]);
      const [{ link, value }] = made.rows;
      expect(value).toMatch(form);
      expect(await opened(who, link)).toMatchObject({ value, filename: null });
    }
    const quiet = await who.ots(['generate']);
    expect(quiet).toMatchObject({ code: 0, stderr: '' });
    expect(quiet.text).toMatch(LINK);
    const shown = await who.ots(['generate', '--show', '--gate']);
    expect(shown.stderr).toMatch(/^[0-9A-Za-z]{24}\n$/);
    expect((await who.ots(['generate', '--json'])).rows[0]).not.toHaveProperty('value');
  }));

test('generate takes what share takes: --count makes a link for each reader', () =>
  withPerson(async (who) => {
    const run = await who.ots(['generate', '--words', '3', '--count', '3']);
    expect(run.code).toBe(0);
    const links = run.text.trim().split('\n');
    const values = await Promise.all(links.map(async (link) => (await who.ots(['reveal', link])).text));
    expect(values).toHaveLength(3);
    expect(new Set(values).size).toBe(1);
    expect(values[0]).toMatch(/^[a-z-]+$/);
    expect(await who.ots(['generate', '--show', '--count', '2'])).toMatchObject({ code: 2, text: '' });
  }));
