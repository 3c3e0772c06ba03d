/** A real browser in front of the built program's server, with every byte between them on record. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Person, PROGRAM, person } from '../../support/program.ts';

/** A name that is not loopback to the browser: pages there are no secure context. */
const PLAIN_HOST = 'ots.test';

export interface Site {
  /** Where browser and program reach the server, through the recorder. */
  url: string;
  /** The same by another name, which browsers do not trust as they trust loopback. */
  plainUrl: string;
  /** What was sent to the server since the last call, as text. */
  sent(): string;
  /** Requests among that. */
  count(pattern: RegExp): number;
  /** From now on, connections are cut as soon as a request matches. */
  cutOn(pattern: RegExp | undefined): void;
  someone: Person;
  close(): Promise<void>;
}

/** Starts the program's server and a recorder in front of it. */
export async function startSite(): Promise<Site> {
  const server = spawn(process.execPath, [PROGRAM, 'serve', '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: person().env,
  });
  const [ready] = await once(server.stdout, 'data');
  const { port } = new URL((JSON.parse(String(ready)) as { url: string }).url);
  let record = '';
  let cut: RegExp | undefined;
  const recorder = createServer((socket) => {
    const upstream = connect(Number(port), '127.0.0.1');
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      record += chunk.toString('latin1');
      if (cut?.test(chunk.toString('latin1'))) socket.destroy();
    });
    socket.pipe(upstream).pipe(socket);
  });
  recorder.listen(0, '127.0.0.1');
  await once(recorder, 'listening');
  const own = (recorder.address() as AddressInfo).port;
  const url = `http://127.0.0.1:${own}`;
  return {
    url,
    plainUrl: `http://${PLAIN_HOST}:${own}`,
    sent: () => record,
    count: (pattern) => record.match(new RegExp(pattern, 'g'))?.length ?? 0,
    cutOn(pattern) {
      cut = pattern;
    },
    someone: person(url),
    async close() {
      server.kill();
      recorder.close();
      await once(server, 'close');
    },
  };
}

/** Starts Debian's Chromium. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`,
    ],
  });
}

export interface Visit {
  page: Page;
  /** What the browser complained about: console errors, exceptions, refusals of the page's policy. */
  complaints: string[];
  close(): Promise<void>;
}

/** Opens a tab in a fresh profile. @param allowed complaints that are expected, such as an HTTP status */
export async function visit(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Visit> {
  const context: BrowserContext = await browser.newContext({ acceptDownloads: true, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.exposeFunction('complain', (text: string) => complaints.push(text));
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    complain('policy: ' + event.violatedDirective + ' ' + event.blockedURI))`);
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** Ends a visit and expects that nothing was complained about but what is named. */
export async function leave({ complaints, close }: Visit, expected?: RegExp): Promise<void> {
  expect(complaints.filter((text) => !expected?.test(text))).toEqual([]);
  await close();
}

/** The key of a link. */
export function keyOf(link: string): string {
  return link.slice(link.indexOf('#') + 1);
}
