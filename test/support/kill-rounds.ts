/**
 * Kills at random moments while a client shares and reveals, and counts what came of it. Each secret has two readers
 * with claims of their own, racing; after the restart both ask again: exactly one of them must have it.
 */

import { randomBytes } from 'node:crypto';
import { revealText, serveProcess, shareText } from './serve.ts';

export interface Tally {
  shared: number;
  /** Reveals whose answer the kill cut off. */
  cut: number;
  /** Acknowledged, and nobody has them. */
  lost: number;
  /** In the hands of two. */
  doubled: number;
  /** Revealed with another text than was shared. */
  wrong: number;
}

interface Secret {
  text: string;
  id: string;
  claims: [string, string];
  /** Who was told the text, by the number of the claim. */
  winners: Set<number>;
}

export interface KillOptions {
  store: string;
  rounds: number;
  /** Kills something else than the server: it is back when this resolves. */
  killOther?: () => Promise<void>;
}

const READERS = [0, 1] as const;
const WORKERS = 4;

export async function killRounds({ store, rounds, killOther }: KillOptions): Promise<Tally> {
  const tally: Tally = { shared: 0, cut: 0, lost: 0, doubled: 0, wrong: 0 };
  let server = await serveProcess(['--store', store]);
  for (let round = 0; round < rounds; round += 1) {
    const secrets: Secret[] = [];
    const end = { reached: false };
    const work = Promise.all(
      Array.from({ length: WORKERS }, () => worker(server.url, { secrets, end, tally })),
    );
    await new Promise((resolve) => setTimeout(resolve, 30 + Math.random() * 170));
    if (killOther === undefined) {
      await server.kill();
      end.reached = true;
      await work;
      server = await serveProcess(['--store', store]);
    } else {
      await killOther();
      end.reached = true;
      await work;
    }
    for (const secret of secrets) await settle(server.url, secret, tally);
  }
  await server.stop();
  return tally;
}

interface Run {
  secrets: Secret[];
  end: { reached: boolean };
  tally: Tally;
}

async function worker(url: string, { secrets, end, tally }: Run): Promise<void> {
  while (!end.reached) {
    const text = randomBytes(40).toString('hex');
    const id = await shareText(url, text);
    if (id === undefined) continue;
    tally.shared += 1;
    const claim = (): string => randomBytes(32).toString('base64url');
    const secret: Secret = { text, id, claims: [claim(), claim()], winners: new Set() };
    secrets.push(secret);
    // Some are left for after the restart.
    if (Math.random() < 0.3) continue;
    const answers = await Promise.all(READERS.map((reader) => read(url, secret, { reader, tally })));
    tally.cut += answers.filter((one) => one === 'unknown').length;
  }
}

async function read(
  url: string,
  secret: Secret,
  { reader, tally }: { reader: 0 | 1; tally: Tally },
): Promise<'gone' | 'unknown' | 'had'> {
  const answer = await revealText(url, secret.id, secret.claims[reader]);
  if (typeof answer === 'string') return answer;
  secret.winners.add(reader);
  if (answer.text !== secret.text) tally.wrong += 1;
  return 'had';
}

async function settle(url: string, secret: Secret, tally: Tally): Promise<void> {
  for (const reader of READERS) {
    for (let tries = 0; tries < 50; tries += 1) {
      if ((await read(url, secret, { reader, tally })) !== 'unknown') break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  if (typeof (await revealText(url, secret.id)) !== 'string') tally.doubled += 1;
  if (secret.winners.size === 0) tally.lost += 1;
  if (secret.winners.size > 1) tally.doubled += 1;
}
