/** The pages in a real browser, against the built program and its server. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sealEnvelope } from '../../../src/core/envelope.ts';
import { encodeFrame } from '../../../src/core/frame.ts';
import { deriveKeys, formatLink, SUITE_KEY } from '../../../src/core/index.ts';
import { encodeTextForm } from '../../../src/core/textform.ts';
import { keyOf, leave, type Site, startBrowser, startSite, visit } from './harness.ts';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), startBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

const REVEAL = /POST \/api\/v\d\/[^ ]*\/reveal/;
const heading = (page: Page) => page.locator('h1').innerText();
const reveal = (page: Page) => page.getByRole('button', { name: 'Reveal' }).click();
/** Says that an ordinary link is whole, where the passphrase goes to the server. */
const confirmOrdinary = (page: Page) => page.getByLabel(/^The link I was given has no #/).check();

async function bytesOf(page: Page): Promise<{ name: string; bytes: Buffer }> {
  const [download] = (await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: /^Save / }).click(),
  ])) as [Download, undefined];
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** Opens a link and reveals; the key is in no request, and neither in the address bar nor in the history. */
async function open(link: string, passphrase?: string) {
  const before = site.count(REVEAL);
  const tab = await visit(browser, link);
  expect(site.count(REVEAL)).toBe(before);
  expect(tab.page.url()).not.toContain('#');
  expect(await tab.page.evaluate('navigation.entries().map((entry) => entry.url).join()')).not.toContain('#');
  if (passphrase !== undefined) await tab.page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  if (passphrase !== undefined && !link.includes('#')) await confirmOrdinary(tab.page);
  await reveal(tab.page);
  await tab.page.locator('h1', { hasText: 'Here is the' }).waitFor();
  expect(site.count(REVEAL)).toBe(before + 1);
  expect(site.sent()).not.toContain(keyOf(link));
  return tab;
}

/** A text form that only this key opens. */
async function sealedFor(linkKey: Uint8Array): Promise<string> {
  const keys = await deriveKeys(SUITE_KEY, linkKey);
  const frame = encodeFrame({}, Buffer.from('for another key'));
  return encodeTextForm(sealEnvelope(keys, randomBytes(24), frame));
}

const TEXT = 'correct horse\r\n\tbattery "staple" <b>&amp; 🔑\n';
const BINARY = Buffer.concat([randomBytes(3000), Buffer.from([0, 255])]);

test.each([
  ['key only', [], undefined],
  ['gated', ['--gate'], undefined],
  ['passphrase', ['--passphrase-file', 'pass'], 'over the  moon é'],
] as const)('program to page, a text: %s', async (_, args, passphrase) => {
  if (passphrase !== undefined) writeFileSync(join(site.someone.folder, 'pass'), passphrase);
  const link = await site.someone.share(TEXT, [...args]);
  const tab = await open(link, passphrase);
  const shown = tab.page.getByLabel('Secret', { exact: true });
  expect(await shown.inputValue()).toBe(TEXT.replaceAll('\r\n', '\n'));
  await leave(tab);
});

test('program to page, a binary file with a hostile name: saved, never shown', async () => {
  const name = 'in"voice\'.html';
  writeFileSync(join(site.someone.folder, name), BINARY);
  const shared = await site.someone.ots(['share', name]);
  const tab = await open(shared.text.trim());
  expect(await tab.page.locator('textarea').count()).toBe(0);
  const saved = await bytesOf(tab.page);
  expect(saved.bytes.equals(BINARY)).toBe(true);
  expect(saved.name).toMatch(/^in.voice'\.html$/);
  await leave(tab);
});

test('program to page, compressed to fit', async () => {
  const text = 'all work and no play\n'.repeat(2000);
  const tab = await open(await site.someone.share(text));
  expect(await tab.page.getByLabel('Secret', { exact: true }).inputValue()).toBe(text);
  await leave(tab);
});

test.each([
  ['key only', undefined, false],
  ['gated', undefined, true],
  ['passphrase', 'tr0ub4dor &3', false],
] as const)('page to program, a text: %s', async (_, passphrase, gate) => {
  const tab = await visit(browser, site.url);
  await tab.page.getByLabel('Secret', { exact: true }).fill('from the page ✓');
  await tab.page.getByLabel('Lifetime').selectOption('1 hour');
  if (passphrase !== undefined) await tab.page.getByLabel(/^Passphrase/).fill(passphrase);
  if (gate) await tab.page.getByLabel(/^Demand/).check();
  await tab.page.getByRole('button', { name: 'Encrypt' }).click();
  const link = await tab.page.getByLabel('Link', { exact: true }).inputValue();
  expect(await tab.page.locator('.lead').innerText()).toContain('within 1 hour');
  expect(site.sent()).not.toContain(keyOf(link));
  expect(site.sent()).not.toContain('from the page');
  await tab.page.getByText('QR code').click();
  expect(
    await tab.page
      .locator('img.qr')
      .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
  ).toBeGreaterThan(0);
  const args = ['reveal', link];
  if (passphrase !== undefined) {
    writeFileSync(join(site.someone.folder, 'pass'), passphrase);
    args.push('--passphrase-file', 'pass');
  }
  expect(await site.someone.ots(args)).toMatchObject({ code: 0, text: 'from the page ✓' });
  await leave(tab);
});

test('page to program and page, a binary file', async () => {
  const file = join(site.someone.folder, 'photo.bin');
  writeFileSync(file, BINARY);
  for (const way of ['program', 'page']) {
    const tab = await visit(browser, site.url);
    await tab.page.getByLabel('Or a file').setInputFiles(file);
    await tab.page.getByRole('button', { name: 'Encrypt' }).click();
    const link = await tab.page.getByLabel('Link', { exact: true }).inputValue();
    if (way === 'program') {
      const { stdout } = await site.someone.ots(['reveal', link]);
      expect(stdout.equals(BINARY)).toBe(true);
    } else {
      const reader = await open(link);
      const saved = await bytesOf(reader.page);
      expect(saved).toEqual({ name: 'photo.bin', bytes: BINARY });
      await leave(reader);
    }
    await leave(tab);
  }
});

test('on plain http all works, and copying too', async () => {
  const tab = await visit(browser, site.plainUrl);
  expect(await tab.page.evaluate('isSecureContext')).toBe(false);
  await tab.page.getByLabel('Secret', { exact: true }).fill('plain');
  await tab.page.getByRole('button', { name: 'Encrypt' }).click();
  await tab.page.getByRole('button', { name: 'Copy link' }).click();
  await tab.page.getByRole('button', { name: 'Copied' }).waitFor();
  const link = await tab.page.getByLabel('Link', { exact: true }).inputValue();
  const reader = await open(link);
  expect(await reader.page.getByLabel('Secret', { exact: true }).inputValue()).toBe('plain');
  await leave(reader);
  await leave(tab);
});

test('a damaged link sends nothing that spends, and says so', async () => {
  const link = await site.someone.share('intact');
  const wrong = link.at(-1) === '2' ? '3' : '2';
  const before = site.count(/POST /);
  const gets = site.count(/GET \/api\//);
  for (const damaged of [link.slice(0, -1), link.slice(0, -1) + wrong, `${link.split('#')[0]}#`]) {
    const tab = await visit(browser, damaged);
    expect(await heading(tab.page)).toBe('This link is damaged');
    expect(tab.page.url()).not.toContain('#');
    await leave(tab);
  }
  expect(site.count(/POST /)).toBe(before);
  expect(site.count(/GET \/api\//)).toBe(gets);
  expect(await site.someone.ots(['reveal', link])).toMatchObject({ code: 0, text: 'intact' });
});

test('ordinary secrets, with and without passphrase', async () => {
  const plain = await site.someone.share('server sees this', ['--plain']);
  const tab = await open(plain);
  expect(await tab.page.getByLabel('Secret', { exact: true }).inputValue()).toBe('server sees this');
  await leave(tab);
  writeFileSync(join(site.someone.folder, 'pass'), 'sesame street');
  const guarded = await site.someone.share('guarded', ['--plain', '--passphrase-file', 'pass']);
  const reader = await open(guarded, 'sesame street');
  expect(await reader.page.getByLabel('Secret', { exact: true }).inputValue()).toBe('guarded');
  await leave(reader);
});

test('a wrong passphrase spends nothing; the right one then opens', async () => {
  writeFileSync(join(site.someone.folder, 'pass'), 'the right one');
  const link = await site.someone.share('kept', ['--passphrase-file', 'pass']);
  const tab = await visit(browser, link);
  await tab.page.getByLabel('Passphrase', { exact: true }).fill('the wrong one');
  await reveal(tab.page);
  await tab.page.getByText('The passphrase is wrong').waitFor();
  await tab.page.getByLabel('Passphrase', { exact: true }).fill('the right one');
  await reveal(tab.page);
  await tab.page.locator('h1', { hasText: 'Here is the secret' }).waitFor();
  expect(await tab.page.getByLabel('Secret', { exact: true }).inputValue()).toBe('kept');
  await leave(tab, /422/);
});

test('a secret that is gone is an alarm', async () => {
  const link = await site.someone.share('once');
  await site.someone.ots(['reveal', link]);
  const tab = await visit(browser, link);
  await reveal(tab.page);
  await tab.page.getByText('treat it as read by someone else').waitFor();
  await leave(tab, /404/);
  const ordinary = await visit(browser, link.split('#')[0] ?? '');
  expect(await heading(ordinary.page)).toBe('This secret is gone');
  await leave(ordinary);
});

test('a link without its key shows what to keep', async () => {
  const link = await site.someone.share('still openable');
  const tab = await visit(browser, link.split('#')[0] ?? '');
  await reveal(tab.page);
  await tab.page.getByText('The part after # is missing').waitFor();
  const text = await tab.page.getByLabel('Encrypted text').inputValue();
  writeFileSync(join(site.someone.folder, 'kept'), text);
  expect(await site.someone.ots(['decrypt', 'kept', '--link', link])).toMatchObject({
    text: 'still openable',
  });
  await leave(tab);
});

test('what cannot be decrypted is kept for the sender to look at', async () => {
  const text = sealedFor(new Uint8Array(32).fill(1));
  const answer = await fetch(`${site.url}/api/v3/guest/secret/conceal`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ secret: { secret: await text } }),
  });
  const { record } = (await answer.json()) as { record: { secret: { identifier: string } } };
  const otherKey = new Uint8Array(32).fill(2);
  const tab = await visit(browser, formatLink(site.url, record.secret.identifier, SUITE_KEY, otherKey));
  await reveal(tab.page);
  await tab.page.locator('h1', { hasText: 'It could not be decrypted' }).waitFor();
  expect(await tab.page.getByLabel('Encrypted text').inputValue()).toBe(await text);
  const saved = await bytesOf(tab.page);
  expect({ name: saved.name, text: saved.bytes.toString() }).toEqual({
    name: 'secret.ots',
    text: await text,
  });
  await leave(tab);
});

test('an ordinary link whose server cannot be asked spends nothing, and can be tried again', async () => {
  const link = await site.someone.share('later', ['--plain']);
  site.cutOn(/\/status /);
  const tab = await visit(browser, link);
  await tab.page.getByText('Nothing was spent').waitFor();
  site.cutOn(undefined);
  await tab.page.getByRole('button', { name: 'Try again' }).click();
  await reveal(tab.page);
  expect(await tab.page.getByLabel('Secret', { exact: true }).inputValue()).toBe('later');
  await leave(tab, /Failed to load|ERR_/);
});

test('too many wrong tries lock the secret, and the page says for how long', async () => {
  writeFileSync(join(site.someone.folder, 'pass'), 'the right one');
  const link = await site.someone.share('locked', ['--plain', '--passphrase-file', 'pass']);
  const tab = await visit(browser, link);
  await confirmOrdinary(tab.page);
  for (let tries = 0; tries < 6; tries++) {
    await tab.page.getByLabel('Passphrase', { exact: true }).fill(`wrong ${tries}`);
    await reveal(tab.page);
    await tab.page.locator('.notice.error').waitFor();
  }
  await tab.page.getByText(/locked.*try again in 30 minutes/s).waitFor();
  await leave(tab, /422|429/);
});

test('a connection that breaks on the way loses nothing', async () => {
  const link = await site.someone.share('not lost');
  const tab = await visit(browser, link);
  site.cutOn(REVEAL);
  await reveal(tab.page);
  await tab.page.getByText('Nothing is lost yet').waitFor();
  site.cutOn(undefined);
  await tab.page.getByRole('button', { name: 'Try again' }).click();
  expect(await tab.page.getByLabel('Secret', { exact: true }).inputValue()).toBe('not lost');
  await leave(tab, /Failed to load|ERR_/);
});

test('the same link opened again in one tab starts afresh', async () => {
  const link = await site.someone.share('again');
  const tab = await visit(browser, link.slice(0, -1));
  expect(await heading(tab.page)).toBe('This link is damaged');
  await tab.page.goto(link);
  await reveal(tab.page);
  await tab.page.locator('h1', { hasText: 'Here is the secret' }).waitFor();
  await leave(tab);
});

test('receipts tell the state and burn, with a second click', async () => {
  writeFileSync(join(site.someone.folder, 'pass'), 'burn after reading');
  for (const args of [[], ['--gate'], ['--passphrase-file', 'pass']]) {
    const link = await site.someone.share('burn me', args);
    const { rows } = await site.someone.ots(['receipts', '--json']);
    const id =
      JSON.stringify(rows)
        .match(/"receipt_id":"([0-9A-Za-z]+)"/g)
        ?.at(-1)
        ?.slice(14, -1) ?? '';
    const tab = await visit(browser, `${site.url}/receipt/${id}`);
    expect(await heading(tab.page)).toBe('Not read yet');
    if (args.length > 0) await tab.page.getByLabel('Secret link').fill(link);
    if (args.length > 1) await tab.page.getByLabel('Passphrase', { exact: true }).fill('burn after reading');
    const before = site.count(/\/burn /);
    await tab.page.getByRole('button', { name: 'Burn it unread' }).click();
    expect(site.count(/\/burn /)).toBe(before);
    await tab.page.getByRole('button', { name: 'Really burn it?' }).click();
    await tab.page.locator('h1', { hasText: 'It was burned' }).waitFor();
    expect(site.sent()).not.toContain(keyOf(link));
    expect(
      (await site.someone.ots(['reveal', link, ...args.slice(0, 2).filter((one) => one !== '--gate')])).code,
    ).toBe(3);
    await leave(tab);
  }
});

test('the offline page opens a text from a file:// URL, and a wrong passphrase is named', async () => {
  const { folder, ots } = site.someone;
  expect(await ots(['page', '-o', 'decrypt.html', '--force'])).toMatchObject({ code: 0 });
  writeFileSync(join(folder, 'pass'), 'off the grid');
  writeFileSync(join(folder, 'photo.bin'), BINARY);
  expect(
    (await ots(['encrypt', 'photo.bin', '--key-file', 'key', '-f', '--passphrase-file', 'pass'])).code,
  ).toBe(0);
  const sealed = await ots(['encrypt', 'photo.bin', '--key-file', 'key', '-f', '--passphrase-file', 'pass']);
  writeFileSync(join(folder, 'photo.ots'), sealed.text);
  const tab = await visit(browser, pathToFileURL(join(folder, 'decrypt.html')).href);
  await tab.page.getByLabel('Or a file').setInputFiles(join(folder, 'photo.ots'));
  await tab.page.getByLabel('Link').fill(readFileSync(join(folder, 'key'), 'utf8').trim());
  await tab.page.getByLabel('Passphrase', { exact: true }).fill('on the grid');
  await tab.page.getByRole('button', { name: 'Decrypt' }).click();
  await tab.page.getByText('The passphrase is wrong').waitFor();
  await tab.page.getByLabel('Passphrase', { exact: true }).fill('off the grid');
  await tab.page.getByRole('button', { name: 'Decrypt' }).click();
  await tab.page.locator('h1', { hasText: 'Here is the file' }).waitFor();
  expect(await bytesOf(tab.page)).toEqual({ name: 'photo.bin', bytes: BINARY });
  await expect(tab.page.evaluate(`fetch('${site.url}')`)).rejects.toThrow();
  await leave(tab, /connect-src|Content Security Policy/);
});
