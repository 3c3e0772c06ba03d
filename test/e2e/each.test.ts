/** `ots share --each lines` and `--count`: order, failures in the middle, servers that want less. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readReceipts } from '../../src/local/receipts.ts';
import { openLink, openLinks } from '../support/opened.ts';
import { type Person, PROGRAM, person, type TestServer, withServer } from '../support/program.ts';
import type { Asked, Reply } from '../support/remote-serve.ts';

type Before = (asked: Asked) => Promise<Reply | undefined>;

function withPerson(act: (who: Person, server: TestServer) => Promise<void>, before?: Before): Promise<void> {
  return withServer((server) => act(person(server.url), server), before && { before });
}

const isConceal = ({ path }: Asked): boolean => /\/conceal$/.test(path);
const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);
const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `secret ${i + 1}`);
const REFUSED: Reply = { status: 422, json: { message: 'no such luck' } };

test('a link a line, in the order of the input, each opening its own line', () =>
  withPerson(async (who, server) => {
    const secrets = [...numbered(40), ' spaces kept ', 'pässword', 'a\tb', '"quoted"'];
    const shared = await who.ots(['share', '--each', 'lines'], { stdin: `${secrets.join('\n')}\n` });
    expect(shared).toMatchObject({ code: 0, stderr: '' });
    const links = linesOf(shared.text);
    expect(await openLinks(links)).toEqual(secrets);
    expect(server.conceals()).toBe(secrets.length);
    const receipts = readReceipts(who.state);
    expect(new Set(receipts.map(({ secret_id }) => secret_id))).toEqual(
      new Set(links.map((link) => /secret\/(\w+)/.exec(link)?.[1])),
    );
  }));

test('one final newline of a line is not part of its secret, nor is \\r\\n; the last line needs none', () =>
  withPerson(async (who) => {
    const file = join(who.folder, 'lines');
    writeFileSync(file, Buffer.concat([Buffer.from('a\r\nb\rc\n'), Buffer.from('\ufeffd')]));
    const shared = await who.ots(['share', file, '--each', 'lines', '--json', '--label', 'team']);
    expect(shared).toMatchObject({ code: 0, stderr: '' });
    expect(shared.rows.map(({ record, label }) => [record, label])).toEqual([
      [1, 'team'],
      [2, 'team'],
      [3, 'team'],
    ]);
    expect(await openLinks(shared.rows.map(({ link }) => link))).toEqual(['a', 'b\rc', '\ufeffd']);
  }));

test('order is kept when the server answers the first record last', () => {
  let release = (): void => undefined;
  let asked = 0;
  const others = new Promise<void>((resolve) => {
    release = resolve;
  });
  return withPerson(
    async (who) => {
      const secrets = numbered(60);
      const shared = await who.ots(['share', '--each', 'lines', '--jobs', '4'], {
        stdin: secrets.join('\n'),
      });
      expect(shared).toMatchObject({ code: 0, stderr: '' });
      expect(await openLinks(linesOf(shared.text))).toEqual(secrets);
    },
    async (request) => {
      if (!isConceal(request)) return;
      asked++;
      if (asked === 1) await others;
      if (asked === 30) release();
    },
  );
});

test('a record that fails in the middle leaves its link empty and stops no other', () => {
  let asked = 0;
  return withPerson(
    async (who) => {
      const shared = await who.ots(['share', '--each', 'lines', '--jobs', '1'], { stdin: 'a\nb\n\nc\nd\n' });
      expect(shared.code).toBe(10);
      expect(await openLinks(linesOf(shared.text))).toEqual(['a', undefined, undefined, 'c', 'd']);
      expect(shared.stderr).toMatch(/^ots: record 2: .*refuses this secret.*no such luck/);
      expect(shared.stderr).toMatch(/^ots: record 3: the line is empty$/m);
      expect(shared.stderr).toMatch(/3 shared, 2 failed\nhint: .*--resume/);
      asked = 0;
      const rows = (
        await who.ots(['share', '--each', 'lines', '--jobs', '1', '--json'], { stdin: 'a\nb\nc' })
      ).rows;
      expect(rows).toMatchObject([
        { record: 1, link: expect.any(String) },
        { record: 2, error: { code: 'refused', exit_code: 8 } },
        { record: 3, link: expect.any(String) },
      ]);
    },
    async (request) => (isConceal(request) && ++asked === 2 ? REFUSED : undefined),
  );
});

test('too many requests: the whole pool waits as long as the server says, and nothing is shared twice', () => {
  const refusedAt: number[] = [];
  const acceptedAt: number[] = [];
  let asked = 0;
  return withPerson(
    async (who, server) => {
      const secrets = numbered(40);
      const shared = await who.ots(['share', '--each', 'lines', '--jobs', '8'], {
        stdin: secrets.join('\n'),
      });
      expect(shared).toMatchObject({ code: 0, stderr: '' });
      expect(await openLinks(linesOf(shared.text))).toEqual(secrets);
      // A pause that each job kept for itself would let the other seven go on asking.
      expect(refusedAt.length).toBeGreaterThan(0);
      expect(refusedAt.length).toBeLessThanOrEqual(8);
      expect(server.conceals()).toBe(secrets.length + refusedAt.length);
      const pause =
        Math.min(...acceptedAt.filter((at) => at > (refusedAt.at(-1) ?? 0))) - (refusedAt[0] ?? 0);
      expect(pause).toBeGreaterThanOrEqual(1000);
    },
    async (request) => {
      if (!isConceal(request)) return;
      asked++;
      const first = refusedAt[0];
      if (asked > 5 && (first === undefined || Date.now() < first + 1000)) {
        refusedAt.push(Date.now());
        return { status: 429, json: { message: 'slow down' }, headers: { 'retry-after': '1' } };
      }
      acceptedAt.push(Date.now());
    },
  );
});

test('told to wait for longer than anybody would, it stops asking and says when to go on', () => {
  let asked = 0;
  return withPerson(
    async (who, server) => {
      const shared = await who.ots(['share', '--each', 'lines', '--jobs', '2'], {
        stdin: numbered(500).join('\n'),
      });
      expect(shared.code).toBe(10);
      const links = linesOf(shared.text);
      expect(links).toHaveLength(500);
      expect(links.filter(Boolean).length).toBe(10);
      expect(server.conceals()).toBeLessThanOrEqual(12);
      expect(shared.stderr).toMatch(/stopped: .*10 shared, .*not tried\nhint: .*--resume.* in 1h/);
    },
    async (request) => {
      if (!isConceal(request) || ++asked <= 10) return;
      return { status: 429, json: { message: 'slow down' }, headers: { 'retry-after': '3600' } };
    },
  );
});

test('a connection lost with a request under way: not sent again, and said that a secret may remain', () => {
  let asked = 0;
  return withPerson(
    async (who, server) => {
      const shared = await who.ots(['share', '--each', 'lines', '--jobs', '1'], { stdin: 'a\nb\nc\n' });
      expect(shared.code).toBe(10);
      expect(await openLinks(linesOf(shared.text))).toEqual(['a', undefined, 'c']);
      expect(shared.stderr).toMatch(/^ots: record 2: .*nobody has the link to may remain/);
      expect(server.conceals()).toBe(3);
    },
    async (request) => (isConceal(request) && ++asked === 2 ? 'close' : undefined),
  );
});

test('a server that went away is given up after a few failures; the output is whole, to be resumed', () => {
  let asked = 0;
  return withPerson(
    async (who, server) => {
      const shared = await who.ots(['share', '--each', 'lines', '--jobs', '2'], {
        stdin: numbered(1000).join('\n'),
      });
      expect(shared.code).toBe(10);
      expect(linesOf(shared.text)).toHaveLength(1000);
      expect(server.conceals()).toBeLessThan(30);
      expect(shared.stderr).toMatch(/stopped: .*closed the connection.*not tried/);
    },
    async (request) => (isConceal(request) && ++asked > 20 ? 'close' : undefined),
  );
});

test('a server that is not there, credentials that are wrong: the exit code of that, nothing shared', () =>
  withPerson(
    async (who, server) => {
      const refused = await who.ots(['share', '--each', 'lines'], { stdin: numbered(100).join('\n') });
      expect(refused.code).toBe(5);
      expect(refused.text).toBe('\n'.repeat(100));
      expect(server.conceals()).toBeLessThanOrEqual(16);
      await server.kill();
      const gone = await person(server.url).ots(['share', '--each', 'lines'], { stdin: 'a\nb\n' });
      expect(gone).toMatchObject({ code: 6, text: '' });
    },
    async (request) => (isConceal(request) ? { status: 401, json: { message: 'who are you' } } : undefined),
  ));

test('Ctrl-C: what is under way is finished, every line is there, and what the server holds has its link', () => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let stored = 0;
  let reached = (): void => undefined;
  const busy = new Promise<void>((resolve) => {
    reached = resolve;
  });
  return withPerson(
    async (who) => {
      const child = spawn(process.execPath, [PROGRAM, 'share', '--each', 'lines', '--jobs', '4'], {
        env: who.env,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      let text = '';
      let errors = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        errors += chunk.toString();
      });
      const secrets = numbered(200);
      child.stdin.end(secrets.join('\n'));
      await busy;
      child.kill('SIGINT');
      // Those under way are answered only after the signal.
      release();
      const [code] = (await once(child, 'close')) as [number];
      expect(code).toBe(130);
      const links = linesOf(text);
      expect(links).toHaveLength(200);
      expect(links.filter(Boolean)).toHaveLength(stored);
      expect(stored).toBeLessThan(200);
      const opened = await openLinks(links);
      expect(opened.filter((secret) => secret !== undefined)).toEqual(
        secrets.filter((_, index) => links[index] !== ''),
      );
      expect(readReceipts(who.state)).toHaveLength(stored);
      expect(errors).toMatch(/interrupted; \d+ shared, \d+ not tried\nhint: .*--resume/);
    },
    async (request) => {
      if (!isConceal(request)) return;
      stored++;
      if (stored < 40) return;
      if (stored === 43) reached();
      await released;
    },
  );
});

test('a reader that stops reading: exit 9, the number of secrets without a reader, receipts to burn them', () =>
  withPerson(async (who, server) => {
    const deaf = await who.ots(['share', '--each', 'lines', '--label', 'batch'], {
      stdin: numbered(400).join('\n'),
      deaf: true,
    });
    expect(deaf).toMatchObject({ code: 9 });
    const lost = Number(/(\d+) secrets are shared and nobody has their links/.exec(deaf.stderr)?.[1]);
    expect(lost).toBe(server.conceals());
    expect(lost).toBeLessThan(400);
    expect(deaf.stderr).toMatch(/ots burn --label/);
    expect(readReceipts(who.state).map(({ label }) => label)).toEqual(Array(lost).fill('batch'));
  }));

test('an input without an end is shared as it comes', () =>
  withPerson(async (who) => {
    const child = spawn(process.execPath, [PROGRAM, 'share', '--each', 'lines'], {
      env: who.env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.write('first\nsec');
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    expect(await openLink(first.toString().trim())).toBe('first');
    child.stdin.end('ond\n');
    const [second] = (await once(child.stdout, 'data')) as [Buffer];
    expect(await openLink(second.toString().trim())).toBe('second');
    expect(await once(child, 'close')).toEqual([0, null]);
  }));

test('--count: as many links for as many readers, each with a key of its own, one passphrase for all', () =>
  withPerson(async (who) => {
    const file = join(who.folder, 'note.txt');
    writeFileSync(file, 'same\n');
    const shared = await who.ots(['share', file, '--count', '20']);
    expect(shared).toMatchObject({ code: 0, stderr: '' });
    const links = linesOf(shared.text);
    expect(new Set(links.map((link) => link.split('#')[1]))).toHaveProperty('size', 20);
    expect(await openLinks(links)).toEqual(Array(20).fill('same\n'));
    const generated = await who.ots(['share', '--count', '2', '--generate-passphrase'], { stdin: 'x' });
    const passphrase = /^passphrase: (\S+)\n$/.exec(generated.stderr)?.[1];
    for (const link of linesOf(generated.text)) expect(await openLink(link, passphrase)).toBe('x');
    const rows = (await who.ots(['share', '--count', '2', '--json'], { stdin: 'x' })).rows;
    expect(rows).toMatchObject([{ record: 1, ttl: 604_800 }, { record: 2 }]);
  }));

test('what makes no sense is refused before anything is read or sent', () =>
  withPerson(async (who, server) => {
    const cases = [
      [['--each', 'words'], /lines, csv or ndjson/],
      [['--each', 'csv'], /needs --column/],
      [['--each', 'ndjson'], /needs --field/],
      [['--each', 'lines', '--column', 'x'], /--column goes with/],
      [['--each', 'lines', '--ttl-column', 'x'], /no columns/],
      [['--each', 'lines', '--generate-passphrase'], /no room for the passphrases/],
      [['--each', 'lines', '--here'], /--each and --here exclude/],
      [['--each', 'lines', '--count', '3'], /--each and --count exclude/],
      [['--each', 'lines', '--jobs', '0'], /1 to 128/],
      [['--each', 'lines', 'missing-file'], /no such file/],
      [['--each', 'lines', '--resume', 'missing-file'], /--resume is not there/],
      [['--count', '0'], /1 to 1000/],
      [['--count', '1001'], /1 to 1000/],
      [['--count', '2', '--resume', 'x'], /--count and --resume exclude/],
      [['--column', 'x'], /go with --each/],
    ] as const;
    for (const [args, words] of cases) {
      const refused = await who.ots(['share', ...args], { stdin: 'x' });
      expect(refused, args.join(' ')).toMatchObject({ code: 2, text: '' });
      expect(refused.stderr).toMatch(words);
    }
    const empty = await who.ots(['share', '--each', 'lines'], { stdin: '' });
    expect(empty).toMatchObject({ code: 2, text: '' });
    expect(empty.stderr).toMatch(/empty/);
    expect(server.conceals()).toBe(0);
  }));
