/** What a page must not be led into: spending without the key, sending a passphrase as it is, hiding what it shows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyOf, leave, type Site, startBrowser, startSite, visit } from './harness.ts';

const PASSPHRASE = 'plum anvil ticket forest';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), startBrowser()]);
  writeFileSync(join(site.someone.folder, 'pass'), PASSPHRASE);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

test.each([
  ['key only', []],
  ['passphrase', ['--passphrase-file', 'pass']],
] as const)('loaded again, a page without its key spends nothing: %s', async (_, args) => {
  const link = await site.someone.share('still there', [...args]);
  const tab = await visit(browser, link);
  await tab.page.getByRole('button', { name: 'Reveal' }).waitFor();
  const posts = site.count(/POST /);
  await tab.page.reload();
  expect(await tab.page.locator('h1').innerText()).toBe('This page was loaded again');
  expect(await tab.page.getByRole('button').count()).toBe(0);
  expect(site.count(/POST /)).toBe(posts);

  // The link once more, in the same tab: it opens.
  await tab.page.goto(link);
  if (args.length > 0) await tab.page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await tab.page.getByRole('button', { name: 'Reveal' }).click();
  expect(await tab.page.getByLabel('Secret', { exact: true }).inputValue()).toBe('still there');
  expect(site.sent()).not.toContain(keyOf(link));
  expect(site.sent()).not.toContain(PASSPHRASE);
  await leave(tab);
});

test('a receipt burns nothing before it knows what the server may be sent', async () => {
  const shared = await site.someone.ots(['share', '--json', '--passphrase-file', 'pass'], { stdin: 'x' });
  const { link, receipt_id } = JSON.parse(shared.text) as { link: string; receipt_id: string };
  const tab = await visit(browser, `${site.url}/receipt/${receipt_id}`);
  await tab.page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await tab.page.getByRole('button', { name: 'Burn it unread' }).click();
  await tab.page.getByRole('button', { name: 'Really burn it?' }).click();
  await tab.page.getByText('The link of the secret is missing').waitFor();
  expect(site.count(/POST [^ ]*\/burn/)).toBe(0);

  await tab.page.getByLabel('Secret link').fill(link);
  await tab.page.getByRole('button', { name: 'Really burn it?' }).click();
  await tab.page.locator('h1', { hasText: 'It was burned' }).waitFor();
  expect(site.sent()).not.toContain(PASSPHRASE);
  await leave(tab);
});

test('characters that hide or turn text are shown, and counted', async () => {
  const tab = await visit(browser, await site.someone.share('pay \u202e001\u202c to x\u200b.example'));
  await tab.page.getByRole('button', { name: 'Reveal' }).click();
  expect(await tab.page.getByLabel('Secret', { exact: true }).inputValue()).toBe(
    'pay \\u{202e}001\\u{202c} to x\\u{200b}.example',
  );
  await tab.page.getByText('3 invisible or control characters are shown').waitFor();
  await leave(tab);
});

test('an answer that cannot be read is kept: it may be the only copy', async () => {
  const tab = await visit(browser, 'about:blank');
  await tab.page.route('**/reveal', async (route) => {
    const text = await (await route.fetch()).text();
    await route.fulfill({ status: 200, contentType: 'application/json', body: text.slice(0, -3) });
  });
  await tab.page.goto(await site.someone.share('nearly lost'));
  await tab.page.getByRole('button', { name: 'Reveal' }).click();
  expect(await tab.page.locator('h1').innerText()).not.toBe('This secret is gone');
  expect(await tab.page.getByLabel('Encrypted text').inputValue()).toContain('ots1.');
  await leave(tab);
});
