/** `ots share --each csv` and `--each ndjson`: tables stay what they were but for their secrets. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { readReceipts } from '../../src/local/receipts.ts';
import { openLink } from '../support/opened.ts';
import { type Person, person, type TestServer, withServer } from '../support/program.ts';

function withPerson(act: (who: Person, server: TestServer) => Promise<void>): Promise<void> {
  return withServer((server) => act(person(server.url), server));
}

const CSV = ['share', '--each', 'csv', '--column', 'password'];
const NDJSON = ['share', '--each', 'ndjson', '--field', 'password'];
const LINK = /http:\/\/\S+\/secret\/\w+#\w{49}/;

/** Rows as they would be with another value in the place of every link. */
function unlinked(text: string): string {
  return text.replace(new RegExp(LINK, 'g'), 'LINK');
}

test('the same table, with links in the place of secrets: commas, quotes and newlines inside cells', () =>
  withPerson(async (who) => {
    const stdin = 'user,password,note\n"a, b","p""w,1","two\nlines"\nbob,"\n x ",\n';
    const shared = await who.ots(CSV, { stdin });
    expect(shared).toMatchObject({ code: 0, stderr: '' });
    expect(unlinked(shared.text)).toBe('user,link,note\n"a, b",LINK,"two\nlines"\nbob,LINK,\n');
    const rows = parse(shared.text, { columns: true }) as { user: string; link: string }[];
    expect(await openLink(rows[0]?.link ?? '')).toBe('p"w,1');
    expect(await openLink(rows[1]?.link ?? '')).toBe('\n x ');
  }));

test('a byte order mark, Windows line ends and names in any alphabet are kept', () =>
  withPerson(async (who) => {
    // The name in the table is composed, the one that was typed is not.
    const stdin = '\ufeffпароль,gr\u00f6\u00dfe\r\ns1,1\r\ns2,2\r\n';
    const shared = await who.ots(
      ['share', '--each', 'csv', '--column', 'пароль', '--label-column', 'gro\u0308\u00dfe'],
      {
        stdin,
      },
    );
    expect(shared).toMatchObject({ code: 0, stderr: '' });
    expect(unlinked(shared.text)).toBe('\ufefflink,gr\u00f6\u00dfe\r\nLINK,1\r\nLINK,2\r\n');
    expect(await openLink(LINK.exec(shared.text)?.[0] ?? '')).toBe('s1');
    expect(readReceipts(who.state).map(({ label }) => label)).toEqual(['1', '2']);
  }));

test('a column that is missing, there twice or in the way is refused before anything is sent', () =>
  withPerson(async (who, server) => {
    const cases = [
      ['user,pass\na,hunter2\n', /no column of that name \(--column\)/],
      ['password,password\na,hunter2\n', /two columns/],
      ['password,link\nhunter2,b\n', /has a column link already/],
      ['hunter2,x\n"y,z\n', /no column of that name/],
      ['', /empty/],
    ] as const;
    for (const [stdin, words] of cases) {
      const refused = await who.ots(CSV, { stdin });
      expect(refused).toMatchObject({ code: 2, text: '' });
      expect(refused.stderr).toMatch(words);
      expect(refused.stderr).not.toContain('hunter2');
    }
    const bytes = await who.ots(CSV, { stdin: Buffer.from('password\nf\xfcr\n', 'latin1') });
    expect(bytes).toMatchObject({ code: 2, text: '' });
    expect(bytes.stderr).toMatch(/not UTF-8/);
    const file = join(who.folder, 'damaged.csv');
    writeFileSync(file, 'user,password\na,b\nc,d\ne,"hunter2\n');
    const damaged = await who.ots([...CSV, file]);
    expect(damaged).toMatchObject({ code: 2, text: '' });
    expect(damaged.stderr).toMatch(/damaged at line \d: a quote is not closed/);
    expect(damaged.stderr).not.toContain('hunter2');
    expect(server.conceals()).toBe(0);
    const header = await who.ots(CSV, { stdin: 'user,password\n' });
    expect(header).toMatchObject({ code: 0, text: 'user,link\n' });
  }));

test('rows that fail leave their link empty, and never repeat what may be the secret', () =>
  withPerson(async (who) => {
    const stdin = 'user,password\na,s1\nb,\nc,hunter2,with comma\n\nonly\ne,s5\n';
    const shared = await who.ots(CSV, { stdin });
    expect(shared.code).toBe(10);
    expect(unlinked(shared.text)).toBe('user,link\na,LINK\nb,\n,\n,\ne,LINK\n');
    expect(shared.stderr).toMatch(/^ots: record 2 \(line 3\): the secret is empty$/m);
    expect(shared.stderr).toMatch(/^ots: record 3 \(line 4\): the row has 3 cells instead of 2/m);
    expect(shared.stderr).not.toContain('hunter2');
  }));

test('lifetime, label and passphrase of each row; an empty passphrase is no passphrase', () =>
  withPerson(async (who) => {
    const file = join(who.folder, 'table.csv');
    writeFileSync(
      file,
      'password,ttl,label,phrase\ns1,1h,ops,correct horse\ns2,,,battery staple\ns3,soon,x,some phrase\ns4,1h,x,\n',
    );
    const columns = ['--ttl-column', 'ttl', '--label-column', 'label', '--passphrase-column', 'phrase'];
    const shared = await who.ots([...CSV, file, ...columns, '--ttl', '2h', '--label', 'all']);
    expect(shared.code).toBe(10);
    const rows = parse(shared.text, { columns: true }) as Record<string, string>[];
    expect(rows.map(({ link }) => link !== '')).toEqual([true, true, false, false]);
    expect(await openLink(rows[0]?.['link'] ?? '', 'correct horse')).toBe('s1');
    expect(await openLink(rows[1]?.['link'] ?? '', 'battery staple')).toBe('s2');
    expect(shared.stderr).toMatch(/^ots: record 3 \(line 4\): .*duration/m);
    expect(shared.stderr).toMatch(/^ots: record 4 \(line 5\): the passphrase is empty$/m);
    const receipts = readReceipts(who.state);
    expect(new Set(receipts.map(({ label }) => label))).toEqual(new Set(['ops', 'all']));
    const lifetime = (label: string): number => {
      const receipt = receipts.find((one) => one.label === label);
      return (Date.parse(receipt?.expires_at ?? '') - Date.parse(receipt?.created_at ?? '')) / 1000;
    };
    expect([lifetime('ops'), lifetime('all')]).toEqual([3600, 7200]);
  }));

test('--generate-passphrase makes one for each row and adds them as a last column or field', () =>
  withPerson(async (who) => {
    const args = ['--generate-passphrase', '--passphrase-words', '3'];
    const shared = await who.ots([...CSV, ...args], { stdin: 'password,user\ns1,a\ns2,b\n' });
    expect(shared).toMatchObject({ code: 0, stderr: '' });
    const rows = parse(shared.text, { columns: true }) as Record<string, string>[];
    expect(Object.keys(rows[0] ?? {})).toEqual(['link', 'user', 'passphrase']);
    expect(rows[0]?.['passphrase']).not.toBe(rows[1]?.['passphrase']);
    expect(await openLink(rows[1]?.['link'] ?? '', rows[1]?.['passphrase'])).toBe('s2');
    const objects = await who.ots([...NDJSON, ...args], { stdin: '{"password":"s3"}' });
    expect(Object.keys(objects.rows[0])).toEqual(['link', 'passphrase']);
    expect(await openLink(objects.rows[0].link, objects.rows[0].passphrase)).toBe('s3');
  }));

test('ndjson: the secret becomes the link, every other character of the object stays', () =>
  withPerson(async (who) => {
    const stdin = [
      '{"id":12345678901234567890,  "password" : "p\\"w\\u0000,}" , "n":1.50,"nested":{"password":"kept"}}',
      '',
      '{"10":1,"9":2,"pass\\u0077ord":"x","list":["}",{"a":"\\\\"}]}\r',
      '{"password":0042}',
      '{"password":1e400}',
    ].join('\n');
    const shared = await who.ots(NDJSON, { stdin });
    expect(shared.code).toBe(10);
    expect(unlinked(shared.text).split('\n')).toEqual([
      '{"id":12345678901234567890,  "link" : "LINK" , "n":1.50,"nested":{"password":"kept"}}',
      '{"10":1,"9":2,"link":"LINK","list":["}",{"a":"\\\\"}]}',
      '{"link":""}',
      '{"link":"LINK"}',
      '',
    ]);
    const links = shared.text.match(new RegExp(LINK, 'g')) ?? [];
    expect(await openLink(links[0] ?? '')).toBe('p"w\0,}');
    expect(await openLink(links[1] ?? '')).toBe('x');
    expect(await openLink(links[2] ?? '')).toBe('1e400');
    expect(shared.stderr).toMatch(/^ots: record 3 \(line 4\): the line is no JSON object$/m);
  }));

test('ndjson: bad lines fail alone, with their number, and none of their text is repeated', () =>
  withPerson(async (who) => {
    const lines = [
      '{"password":"hunter2"',
      '["hunter2"]',
      '{"user":"hunter2"}',
      '{"password":"hunter2","password":"b"}',
      '{"password":"hunter2","link":"x"}',
      '{"password":{"a":"hunter2"},"user":"bob"}',
      '{"password":null,"user":"bob"}',
      '{"password":"good","user":"bob"}',
    ];
    const shared = await who.ots(NDJSON, { stdin: lines.join('\n') });
    expect(shared.code).toBe(10);
    expect(shared.rows.map(({ link, user }) => [link !== '', user])).toEqual([
      ...Array(5).fill([false, undefined]),
      [false, 'bob'],
      [false, 'bob'],
      [true, 'bob'],
    ]);
    expect(shared.text + shared.stderr).not.toContain('hunter2');
    expect(await openLink(shared.rows[7].link)).toBe('good');
    for (let record = 1; record <= 7; record++) expect(shared.stderr).toContain(`record ${record}: `);
  }));

test('--json gives the rows of share with the number of the record, whatever the form', () =>
  withPerson(async (who) => {
    const shared = await who.ots([...CSV, '--json', '--generate-passphrase'], {
      stdin: 'password\n"a"\n\n',
    });
    expect(shared).toMatchObject({ code: 10, stderr: '' });
    expect(shared.rows).toMatchObject([
      { record: 1, has_passphrase: true, generated_passphrase: expect.any(String) },
      { record: 2, error: { code: 'usage', message: 'the secret is empty', exit_code: 2 } },
    ]);
    expect(await openLink(shared.rows[0].link, shared.rows[0].generated_passphrase)).toBe('a');
  }));
