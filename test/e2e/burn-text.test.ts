/** `ots burn -`: every link in a log, a mailbox or a chat export, each once; what is left readable is said. */
import { expect, test } from 'vitest';
import { startServer } from '../../src/server/listen.ts';
import { gate } from '../support/faults.ts';
import { plantText } from '../support/hostile.ts';
import { partsOf, person, withServer } from '../support/program.ts';
import { onTerminal, wordsOf } from '../support/pty.ts';
import { serve } from '../support/remote-serve.ts';

function slack(links: string[]): string {
  const messages = links.map((link, index) => ({
    user: `U${index}`,
    text: `here: <${link}|${link}>`,
    ts: index,
  }));
  return JSON.stringify({ messages }, null, 1).replaceAll('/', '\\/');
}

function mailbox(links: string[]): string {
  const mails = links.map((link) => {
    const text = `Hello, the password is at ${link} and nowhere else.`.replace(/[=#]/g, (mark) =>
      mark === '#' ? '=23' : '=3D',
    );
    const lines = text.replace(/(?:=[0-9A-F]{2}|.){60}/g, '$&=\r\n');
    return `From a@x.example\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${lines}\r\n`;
  });
  return mails.join('\r\n');
}

function html(links: string[]): string {
  const items = links.map((link) => link.replace('#', '&#35;').replaceAll('/', '&#x2F;'));
  return `<ul>${items.map((link) => `<li><a href="${link}">${link}</a></li>`).join('\n')}</ul>`;
}

const EXPORTS: [string, (links: string[]) => string | Uint8Array][] = [
  ['a chat export in JSON', slack],
  ['a mailbox in quoted-printable', mailbox],
  ['a page of HTML', html],
  ['a log that Windows wrote', (links) => Buffer.from(`\ufeff${links.join('\r\n')}\r\n`, 'utf16le')],
];

test.each(EXPORTS)('everything in %s is destroyed, each link once, in its order', (_, write) =>
  withServer(async (server) => {
    const owner = person(server.url);
    const links = [
      await owner.share('one'),
      await owner.share('two', ['--gate']),
      await owner.share('three'),
    ];
    const text = write([...links, ...links]);
    const finder = person(server.url);
    const burned = await finder.ots(['burn', '--yes', '--json', '-'], { stdin: text });
    expect(burned.code, burned.stderr).toBe(0);
    expect(burned.rows).toEqual(
      links.map((link) => ({
        target: partsOf(link).path,
        secret_id: partsOf(link).id,
        receipt_id: null,
        server: server.url,
        result: 'spent',
        how: 'spend',
      })),
    );
    expect(burned.stderr).toBe('3 spent\n');
    expect(server.reveals()).toBe(3);
    expect((await owner.ots(['reveal', links[0] ?? ''])).code).toBe(3);
  }),
);

test('a text always needs --yes, even for one link; --dry-run needs nothing and contacts nobody', () =>
  withServer(async (server) => {
    const link = await person(server.url).share('x');
    const finder = person(server.url);
    const before = server.asked.length;
    const refused = await finder.ots(['burn', '-'], { stdin: `look: ${link}` });
    expect(refused).toMatchObject({ code: 2, text: '' });
    expect(refused.stderr).toMatch(/1 secret; burning them needs --yes/);
    const dry = await finder.ots(['burn', '--dry-run', '-'], { stdin: `look: ${link}` });
    expect(dry.text).toBe(`would be spent\tspend\t${partsOf(link).path}\n`);
    expect(dry.stderr).toBe('this would be: 1 spent\n');
    const none = await finder.ots(['burn', '--yes', '-'], { stdin: 'nothing here' });
    expect(none).toMatchObject({ code: 2, text: '' });
    expect(none.stderr).toContain('no secret link in that text');
    expect(server.asked.length).toBe(before);
  }));

test('a text does not steer requests: ordinary links and receipts of unknown hosts stay untouched', () =>
  withServer(async (server) => {
    const own = await plantText(server.url, 'own');
    await withServer(async (other) => {
      const { link, id } = await plantText(other.url, 'x');
      const before = other.asked.length;
      const text = `${link} ${other.url}/receipt/${id} ${link}#damaged ${own.link}`;
      const burned = await person(server.url).ots(['burn', '--yes', '--json', '-'], { stdin: text });
      expect(burned.code).toBe(10);
      expect(burned.rows.map(({ result, how }) => [result, how])).toEqual([
        ['unknown_host', null],
        ['unknown_host', null],
        ['spent', 'spend'],
      ]);
      expect(burned.stderr).toMatch(/1 spent, 2 unknown host\n$/);
      expect(other.asked.length).toBe(before);
      const any = await person(server.url).ots(['burn', '--yes', '--any-host', '--json', '-'], {
        stdin: link,
      });
      expect(any.rows).toMatchObject([{ result: 'spent' }]);
    });
  }));

test('a damaged link is not taken for a destroyed secret, but for the one whose receipt is known', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const link = await who.share('x');
    const cut = partsOf(link).path.slice(0, -30);
    const finder = await person(server.url).ots(['burn', '--yes', '--json', '-'], { stdin: `${cut}\u2026` });
    expect(finder.code).toBe(3);
    expect(finder.rows).toMatchObject([{ result: 'failed', error: { code: 'not_found' } }]);
    const owner = await who.ots(['burn', '--yes', '--json', '-'], { stdin: `${cut}\u2026` });
    expect(owner.rows).toMatchObject([{ result: 'burned', how: 'list', secret_id: partsOf(link).id }]);
    expect(server.reveals()).toBe(0);
  }));

test('a text that is nothing but identifiers names receipts', () =>
  withServer(async (server) => {
    const who = person(server.url);
    await who.share('one');
    await who.share('two');
    const ids = (await who.ots(['receipts', '--json'])).rows.map(({ receipt_id }) => receipt_id as string);
    const burned = await who.ots(['burn', '--yes', '-'], { stdin: `${ids.join('\n')}\n` });
    expect(burned).toMatchObject({ code: 0, stderr: '2 burned\n' });
  }));

test('hundreds at once: rows in their order', () =>
  withServer(async (server) => {
    const links: string[] = [];
    for (let index = 0; index < 200; index++) links.push((await plantText(server.url, `${index}`)).link);
    const burned = await person(server.url).ots(['burn', '--yes', '--json', '--jobs', '16', '-'], {
      stdin: links.join(' and '),
    });
    expect(burned.stderr).toBe('200 spent\n');
    expect(burned.rows.map(({ target }) => target)).toEqual(links);
  }));

test('a server that asks to wait is waited for, and a spend that it turned away is sent again', async () => {
  const server = await startServer({ port: 0, now: Date.now, passphraseCost: 2 });
  let turnedAway = 0;
  const relay = await serve(async ({ method, path, body }) => {
    if (path.endsWith('/reveal') && turnedAway++ === 0)
      return { status: 429, json: { message: 'slow down' }, headers: { 'retry-after': '1' } };
    const sent = { body, headers: { 'content-type': 'application/json' } };
    const answer = await fetch(server.url + path, { method, ...(method === 'GET' ? {} : sent) });
    return { status: answer.status, json: (await answer.json()) as unknown };
  });
  try {
    const links = [(await plantText(relay.url, 'a')).link, (await plantText(relay.url, 'b')).link];
    const burned = await person(relay.url).ots(['burn', '--yes', ...links]);
    expect(burned).toMatchObject({ code: 0, stderr: '2 spent\n' });
    expect(relay.count('POST', /\/reveal$/)).toBe(3);
  } finally {
    await relay.close();
    await server.close();
  }
});

test('Ctrl-C lets what is under way end, shows what was done and counts the rest', async () => {
  const { before, arrived: held, open: release } = gate(/\/reveal$/);
  await withServer(
    async (server) => {
      const links: string[] = [];
      for (let index = 0; index < 4; index++) links.push((await plantText(server.url, `${index}`)).link);
      const terminal = onTerminal(
        person(server.url),
        `trap : INT; ots burn --yes --jobs 1 ${links.join(' ')}; echo "code $?"`,
      );
      await held;
      terminal.type('\u0003');
      await terminal.waitFor('finishing what is under way');
      release();
      const screen = wordsOf(await terminal.waitFor('code 130'));
      expect(screen).toMatch(/spent\s+spend/);
      expect(screen).toContain('1 spent; 3 not tried');
      expect(server.reveals()).toBe(1);
    },
    { before },
  );
});

test('on a narrow terminal a row is a line: the middle of long links is left out', () =>
  withServer(async (server) => {
    const { link } = await plantText(server.url, 'x');
    const other = await plantText(server.url, 'y');
    const terminal = onTerminal(person(server.url), `ots burn --dry-run ${link} ${other.link}`);
    expect(await terminal.ended).toBe(0);
    const lines = wordsOf(terminal.screen).split('\n');
    expect(lines[1]).toMatch(/^would be spent {2}spend {2}http:\S+\u2026\S{8}$/);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
  }));
