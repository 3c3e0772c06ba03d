/** What people and mail programs hand to the program by mistake: one clear error each, nothing sent, nothing spent. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isOtsError, parseLink } from '../../src/core/index.ts';
import { MISBEHAVIOURS, withHostile } from '../support/hostile.ts';
import { partsOf, person, type Run, withServer } from '../support/program.ts';

/** One clear error: a line that says what, perhaps one that says what to do, nothing on stdout. */
function expectRefusal(run: Run, code: number, words: RegExp): void {
  expect(run, run.stderr).toMatchObject({ code, text: '' });
  expect(run.stderr).toMatch(words);
  expect(run.stderr).toMatch(/^ots: .+\n(?:hint: .+\n)?$/);
}

test('an empty secret', () =>
  withServer(async (server) => {
    const who = person(server.url);
    writeFileSync(join(who.folder, 'empty'), '');
    writeFileSync(join(who.folder, 'newline'), '\n');
    expectRefusal(await who.ots(['share']), 2, /empty/);
    expectRefusal(await who.ots(['share'], { stdin: '' }), 2, /empty/);
    expectRefusal(await who.ots(['share', 'empty']), 2, /empty/);
    expectRefusal(await who.ots(['share', '--trim', 'newline']), 2, /empty/);
    expectRefusal(await who.ots(['share', '--env', 'NOTHING'], { env: { NOTHING: '' } }), 2, /empty/);
    expectRefusal(await who.ots(['share', '--env', 'UNSET']), 2, /not set/);
    expect(server.conceals()).toBe(0);
  }));

test('a folder, a file that is not there, a file that cannot be read', () =>
  withServer(async (server) => {
    const who = person(server.url);
    mkdirSync(join(who.folder, 'folder'));
    writeFileSync(join(who.folder, 'file'), 'x');
    expectRefusal(await who.ots(['share', 'folder']), 2, /folder, not a file/);
    for (const missing of ['not-there', 'x'.repeat(5000), 'two\nlines', 'file/below']) {
      const refused = await who.ots(['share', missing]);
      expectRefusal(refused, 2, /no such file|cannot be read/);
      expect(refused.stderr).not.toContain(missing);
    }
    // Unreadable to everybody, the superuser too: the name of a process's memory.
    expectRefusal(await who.ots(['share', '/proc/self/mem']), 2, /cannot be read/);
    chmodSync(join(who.folder, 'file'), 0o000);
    if (process.getuid?.() !== 0) expectRefusal(await who.ots(['share', 'file']), 2, /cannot be read/);
    expect(server.asked).toEqual([]);
  }));

test('10 MB on stdin: refused, nothing sent', () =>
  withServer(async (server) => {
    const refused = await person(server.url).ots(['share'], { stdin: Buffer.alloc(10_000_000, 'a1B2') });
    expectRefusal(refused, 8, /10000000 bytes.*\n.*what fits/);
    expect(server.conceals()).toBe(0);
  }));

test('a link cut at every possible character is refused, but for a cut right before its #', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const link = await who.share('x');
    const cutAt = partsOf(link).path.length;
    for (let length = 0; length < link.length; length += 1) {
      const cut = link.slice(0, length);
      try {
        const { kind, identifier } = parseLink(cut);
        // Within the identifier a link looks like that of another client; no server knows it then.
        expect(kind).toBe('ordinary');
        expect(length).toBeLessThanOrEqual(cutAt);
        expect(link).toContain(`/secret/${identifier}`);
      } catch (error) {
        expect(isOtsError(error, 'usage'), `cut at ${length}`).toBe(true);
        expect(length <= cutAt - 62 + 20 || length > cutAt).toBe(true);
      }
    }
    const before = server.asked.length;
    const inFragment = [1, 2, 3, 25, 48, 49].map((lost) => link.slice(0, -lost));
    const early = [link.slice(0, 3), link.slice(0, 12), link.slice(0, cutAt - 62), link.slice(0, cutAt - 50)];
    for (const cut of [...inFragment, ...early]) expectRefusal(await who.ots(['reveal', cut]), 2, /link/);
    expect(server.asked.length).toBe(before);
    expectRefusal(await person().ots(['reveal', link.slice(0, cutAt - 1)]), 3, /\n.*link may be cut/);
    expect(server.reveals()).toBeLessThanOrEqual(1);
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'x' });
  }));

test('an empty fragment, a lost #, a receipt link', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const shared = await who.ots(['share', '--json'], { stdin: 'x' });
    const { link, receipt_id } = shared.rows[0];
    const { path, fragment } = partsOf(link);
    const before = server.asked.length;
    expectRefusal(await who.ots(['reveal', `${path}#`]), 2, /part after # is missing/);
    expectRefusal(await who.ots(['reveal', `${path}%23`]), 2, /part after # is missing/);
    const lost = await who.ots(['reveal', path + fragment]);
    expectRefusal(lost, 2, /lost the #/);
    expect(lost.stderr).not.toContain(fragment);
    for (const kind of ['receipt', 'private', 'metadata']) {
      expectRefusal(await who.ots(['reveal', `${server.url}/${kind}/${receipt_id}`]), 2, /receipt link/);
    }
    expect(server.asked.length).toBe(before);
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'x' });
  }));

test('the URL of another site', async () => {
  const who = person();
  for (const elsewhere of [
    'https://example.org/',
    'https://example.org/a/b?c=d#e',
    'ftp://example.org/secret/x',
  ]) {
    for (const verb of ['reveal', 'burn', 'status'])
      expectRefusal(await who.ots([verb, elsewhere]), 2, /link/);
  }
  for (const kind of ['a web page', 'a web page with 404'] as const) {
    await withHostile(MISBEHAVIOURS[kind], 'never', async ({ url, writes }) => {
      const looksRight = `${url}/secret/${'c3'.repeat(31)}`;
      expectRefusal(await who.ots(['reveal', looksRight]), 6, /no Onetime Secret server/);
      expectRefusal(await person(url).ots(['share'], { stdin: 'x' }), 6, /no Onetime Secret server/);
      expect(writes()).toEqual([]);
    });
  }
});

test('settings that mean nothing', () =>
  withServer(async (server) => {
    const who = person(server.url);
    for (const [args, words] of [
      [['share', '--ttl', 'soon'], /duration/],
      [['share', '--ttl', '0'], /duration/],
      [['share', '--server', 'ftp://x.example'], /web address/],
      [['share', '--server', 'https://user:pw@x.example'], /web address/],
      [['share', '--region', 'mars'], /us, ca, eu, nz, uk/],
      [['share', '--region', 'eu', '--server', 'https://x.example'], /exclude/],
      [['share', '--server', 'http://x.example'], /plain http/],
      [['share', '--api', 'v4'], /v1, v2 or v3/],
      [['share', '--timeout', 'never'], /duration/],
      [['share', '--max-size', 'much'], /size/],
      [['share', '--color', 'blue'], /--color/],
      [['share', '--ca-file', 'none.pem'], /--ca-file/],
      [['share', '--name', 'a/b'], /--name/],
      [['share', '--passphrase-words', '5'], /--generate-passphrase/],
      [['share', '--passphrase-file', 'none'], /--passphrase-file/],
      [['share', '--generate-passphrase', '--passphrase-file', 'f'], /exclude/],
      [['share', '--plain', '--gate'], /exclude/],
      [['share', '--to', 'a@example.org'], /--plain/],
      [['generate', '--length', '0'], /--length/],
      [['generate', '--alphabet', 'runes'], /alnum, full, hex, digits/],
      [['generate', '--words', '4', '--length', '9'], /--words/],
      [['serve', '--port', '70000'], /--port/],
      [['serve', '--store', 'tape'], /memory/],
      [['burn'], /nothing to work on/],
      [['share', 'a', 'b'], /argument/],
    ] as const) {
      const refused = await who.ots([...args], { stdin: 'x' });
      expectRefusal(refused, 2, words);
    }
    expect(server.asked).toEqual([]);
  }));

test('a value behind a flag that takes none is not echoed, and not called an unknown option', async () => {
  const run = await person().ots(['share', '--passphrase=hunter2', 'file']);
  expectRefusal(run, 2, /--passphrase takes no value\nhint: .*--passphrase-file FILE.*history/);
  expect(run.stderr).not.toContain('hunter2');
  expectRefusal(await person().ots(['share', '--gate=yes']), 2, /--gate takes no value/);
  expectRefusal(await person().ots(['share', '--nosuch=x']), 2, /no such option \(--nosuch\)/);
});

test('a domain that is no host name: refused before anything is sent', () =>
  withServer(async (server) => {
    const who = person(server.url);
    for (const domain of ['https://foo.example/x', 'foo example', 'foo/bar', ''])
      expectRefusal(
        await who.ots(['share', '--domain', domain], { stdin: 'x' }),
        2,
        /domain is no host name/,
      );
    expect(server.asked).toEqual([]);
  }));

test('https for a server without TLS says how to name it', () =>
  withServer(async (server) => {
    const { host } = new URL(server.url);
    const run = await person().ots(['share', '--server', host], { stdin: 'x' });
    expectRefusal(run, 6, /answers without TLS\nhint: .*http:\/\/127/);
  }));

test('what is missing is named by what was asked for', () =>
  withServer(async (server) => {
    const who = person(server.url);
    expectRefusal(await who.ots(['decrypt', 'nofile', '--key-file', 'k']), 2, /hint: check its name/);
    expectRefusal(await who.ots(['receipts', 'forget', 'what is this']), 3, /not in the list/);
    expectRefusal(await who.ots(['share', '--passphrase-file', '-'], { stdin: 'x' }), 2, /\/dev\/stdin/);
  }));

test('half a character in a record of --each ndjson fails it, and is not replaced by another', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const stdin = '{"pw":"\\ud800"}\n{"pw":"fine"}\n';
    const run = await who.ots(['share', '--each', 'ndjson', '--field', 'pw'], { stdin });
    expect(run.code).toBe(10);
    expect(run.stderr).toContain('half a character');
    expect(server.conceals()).toBe(1);
  }));
