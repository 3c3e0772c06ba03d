/** The journal of receipts: survives crashes and company, is nobody else's to read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  addReceipts,
  findBySecret,
  forgetReceipts,
  noteState,
  type Receipt,
  readReceipts,
} from '../../src/local/receipts.ts';
import { ROOT, scratchFolder } from '../support/program.ts';

function receipt(number: number): Receipt {
  return {
    server: 'https://eu.onetimesecret.com',
    receipt_id: `receipt${number}`.padEnd(31, '0'),
    secret_id: `secret${number}`.padEnd(31, '0'),
    created_at: '2026-01-01T00:00:00.000Z',
    expires_at: null,
    label: null,
    encrypted: true,
    has_passphrase: false,
    gated: false,
    state: 'new',
  };
}

test('nothing shared yet is an empty list', () => {
  expect(readReceipts(join(scratchFolder(), 'ots'))).toEqual([]);
});

test('the file is 0600 in a folder 0700, whatever the umask', () => {
  const state = join(scratchFolder(), 'deep', 'ots');
  const before = process.umask(0);
  try {
    addReceipts(state, [receipt(1)]);
  } finally {
    process.umask(before);
  }
  expect(statSync(state).mode & 0o777).toBe(0o700);
  expect(statSync(join(state, 'receipts.jsonl')).mode & 0o777).toBe(0o600);
});

test('the newest state of a receipt wins, and what changes nothing is not written', () => {
  const state = scratchFolder();
  addReceipts(state, [receipt(1)]);
  addReceipts(state, [receipt(2)]);
  noteState(state, receipt(1), 'burned');
  const before = readFileSync(join(state, 'receipts.jsonl'), 'utf8');
  noteState(state, { ...receipt(1), state: 'burned' }, 'burned');
  noteState(state, receipt(2), 'unknown');
  expect(readFileSync(join(state, 'receipts.jsonl'), 'utf8')).toBe(before);
  const receipts = readReceipts(state);
  expect(receipts).toEqual([{ ...receipt(1), state: 'burned' }, receipt(2)]);
  expect(findBySecret(receipts, receipt(2).secret_id)).toEqual(receipt(2));
  expect(findBySecret(receipts, receipt(3).secret_id)).toBeUndefined();
});

test('a last line that was torn costs that line, and not the next one', () => {
  const state = scratchFolder();
  const file = join(state, 'receipts.jsonl');
  addReceipts(state, [receipt(1)]);
  const whole = readFileSync(file, 'utf8');
  for (let length = 1; length < whole.length; length += 1) {
    writeFileSync(file, whole + whole.replaceAll('1', '2').slice(0, length));
    addReceipts(state, [receipt(3)]);
    const numbers = readReceipts(state).map(({ receipt_id }) => receipt_id[7]);
    // Cut right before its newline the line is whole.
    expect(numbers).toEqual(length === whole.length - 1 ? ['1', '2', '3'] : ['1', '3']);
  }
});

test('lines of strangers are passed over', () => {
  const state = scratchFolder();
  addReceipts(state, [receipt(1)]);
  appendFileSync(
    join(state, 'receipts.jsonl'),
    'null\n[]\n7\n{}\n"x"\n{"server":1}\n\n\u0000\n{"__proto__":{}}\n',
  );
  noteState(state, receipt(9), 'burned');
  expect(readReceipts(state)).toEqual([receipt(1)]);
});

test('appends of several programs at once are all there', async () => {
  const state = scratchFolder();
  const module = join(ROOT, 'src', 'local', 'receipts.ts');
  const code = `
    const { addReceipts } = await import(process.argv[1]);
    const [, , state, from] = process.argv;
    const receipt = ${JSON.stringify(receipt(0))};
    for (let number = Number(from); number < Number(from) + 100; number += 1)
      addReceipts(state, [{ ...receipt, receipt_id: 'receipt' + number, label: 'x'.repeat(number) }]);
  `;
  const tsx = join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs');
  const children = [0, 100, 200, 300].map((from) =>
    spawn(
      process.execPath,
      ['--import', tsx, '--input-type=module', '-e', code, module, state, String(from)],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    ),
  );
  const ends = await Promise.all(children.map((child) => once(child, 'exit')));
  expect(ends.map(([exitCode]) => exitCode as number)).toEqual([0, 0, 0, 0]);
  expect(readReceipts(state)).toHaveLength(400);
  // Who looks while another one's line is half there begins a new one: an empty line says nothing.
  const lines = readFileSync(join(state, 'receipts.jsonl'), 'utf8').split('\n');
  expect(lines.filter((line) => line !== '')).toHaveLength(400);
});

test('what is appended while others are forgotten stays', async () => {
  const state = scratchFolder();
  const module = join(ROOT, 'src', 'local', 'receipts.ts');
  const code = `
    const { addReceipts } = await import(process.argv[1]);
    const [, , state, from] = process.argv;
    const receipt = ${JSON.stringify(receipt(0))};
    for (let number = Number(from); number < Number(from) + 200; number += 1)
      addReceipts(state, [{ ...receipt, receipt_id: 'receipt' + number, label: number % 2 ? 'keep' : 'forget' }]);
  `;
  const tsx = join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs');
  const ends = [0, 200].map((from) => {
    const args = ['--import', tsx, '--input-type=module', '-e', code, module, state, String(from)];
    return once(spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] }), 'exit');
  });
  const labelled = ({ label }: Receipt): boolean => label === 'forget';
  let running = true;
  let forgotten = 0;
  const over = Promise.all(ends).then((codes) => {
    running = false;
    return codes;
  });
  while (running) {
    forgotten += (await forgetReceipts(state, Date.now, labelled)).length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await over).map(([exitCode]) => exitCode as number)).toEqual([0, 0]);
  forgotten += (await forgetReceipts(state, Date.now, labelled)).length;
  expect(forgotten).toBeGreaterThanOrEqual(200);
  expect(readReceipts(state).map(({ label }) => label)).toEqual(Array.from({ length: 200 }, () => 'keep'));
});

test('a lock that a killed program left is taken over after ten seconds, a fresh one is waited for', async () => {
  const state = scratchFolder();
  addReceipts(state, [receipt(1), receipt(2)]);
  const lock = join(state, 'receipts.jsonl.lock');
  const first = ({ receipt_id }: Receipt): boolean => receipt_id === receipt(1).receipt_id;
  writeFileSync(lock, '');
  const waiting = forgetReceipts(state, Date.now, first);
  expect(readReceipts(state)).toHaveLength(2);
  rmSync(lock);
  expect(await waiting).toHaveLength(1);
  writeFileSync(lock, '');
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(lock, longAgo, longAgo);
  expect(await forgetReceipts(state, Date.now, () => true)).toHaveLength(1);
  expect(existsSync(lock)).toBe(false);
});
