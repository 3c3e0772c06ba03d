/**
 * How fast links are found in a log of 100 MB with 1,000 links in it, beside looking for one word in the same bytes.
 *
 *     npm run bench:scan
 */
import { randomBytes } from 'node:crypto';
import { formatLink, SUITE_KEY } from '../../src/core/index.ts';
import { createScanner } from '../../src/core/scan.ts';
import { pieces } from '../../src/io/pieces.ts';

const SIZE = 100_000_000;
const LINKS = 1000;
const ROUNDS = 5;
const CHUNK = 65_536;

function log(line: (index: number) => string): Buffer {
  const lines: string[] = [];
  let size = 0;
  let planted = 0;
  for (let index = 0; size < SIZE; index++) {
    let text = line(index);
    if (planted * (SIZE / LINKS) <= size) {
      planted++;
      const link = formatLink(
        'https://eu.onetimesecret.com',
        randomBytes(31).toString('hex'),
        SUITE_KEY,
        randomBytes(32),
      );
      text += ` here: ${planted % 2 ? link : link.replaceAll('/', '\\/')}`;
    }
    text += '\n';
    lines.push(text);
    size += Buffer.byteLength(text);
  }
  return Buffer.from(lines.join(''));
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

/** Milliseconds, the least of several rounds: other programs do not count. */
async function best(act: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await act();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

const TEXTS: [string, (index: number) => string][] = [
  [
    'access log',
    (i) =>
      `2026-11-22T10:00:${String(i % 60).padStart(2, '0')}Z GET https://api.example/v2/items/${i}?page=${i % 97} 200 ${i % 97}ms`,
  ],
  [
    'chat export (JSON)',
    (i) =>
      `{"type":"message","user":"U${i % 400}","text":"what\\u2019s the plan for ${i}? see <https:\\/\\/wiki.example\\/p\\/${i}>","ts":"${i}"},`,
  ],
  ['chat export (text, not ASCII)', (i) => `[${i}] Jürgen: „schöne Grüße“ – bis später 👩‍💻 ${i}`],
  [
    'mailbox (quoted-printable)',
    (i) => `the quick brown fox jumps over the lazy dog, number ${i}, and then some =E2=80=99=\r\nmore`,
  ],
];

for (const [name, line] of TEXTS) {
  const bytes = log(line);
  let found = 0;
  const scanned = await best(async () => {
    const scanner = createScanner();
    for await (const piece of pieces(chunks(bytes))) scanner.push(piece);
    found = scanner.finish().length;
  });
  const word = await best(async () => bytes.indexOf('onetimesecret/'));
  const speed = bytes.length / 1000 / scanned;
  process.stdout.write(
    `${name}: ${found} links, ${speed.toFixed(0)} MB/s, ${(scanned / word).toFixed(1)} times Buffer.indexOf of one word\n`,
  );
}
