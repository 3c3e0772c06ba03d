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

test('a link without a key sends nothing typed before its reader has said that it never had one', async () => {
  for (const args of [
    ['--passphrase-file', 'pass'],
    ['--plain', '--passphrase-file', 'pass'],
  ]) {
    const link = await site.someone.share('guarded', args);
    const tab = await visit(browser, link.split('#')[0] ?? '');
    await tab.page.getByText('Whatever you type here is sent to the server').waitFor();
    const posts = site.count(/POST /);
    const typed = `${PASSPHRASE} of ${args.length}`;
    await tab.page.getByLabel('Passphrase', { exact: true }).fill(typed);
    await tab.page.getByRole('button', { name: 'Send it and reveal' }).click();
    await tab.page.getByText('Nothing was sent').waitFor();
    expect(site.count(/POST /)).toBe(posts);
    expect(site.sent()).not.toContain(typed);

    await tab.page.getByLabel(/^The link I was given has no #/).check();
    await tab.page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await tab.page.getByRole('button', { name: 'Send it and reveal' }).click();
    const plain = args.includes('--plain');
    await tab.page.getByText(plain ? 'Here is the secret' : 'The passphrase is wrong').waitFor();
    await leave(tab, /422/);
  }
});

test('an ordinary link without a passphrase says before it is opened that it has no key', async () => {
  const link = await site.someone.share('still there');
  const tab = await visit(browser, link.split('#')[0] ?? '');
  await tab.page.getByText('This link has no key').waitFor();
  await leave(tab);
  expect(await site.someone.ots(['reveal', link])).toMatchObject({ code: 0, text: 'still there' });
});

test("a link that holds another one in its query opens neither: it is not this page's", async () => {
  const other = await site.someone.share('the other one');
  const own = await site.someone.share('this one');
  const posts = site.count(/POST /);
  const gets = site.count(/GET \/api\//);
  const [address = ''] = own.split('#');
  for (const mixed of [
    `${address}?u=${encodeURIComponent(other)}`,
    `${address}?u=${other}`,
    `${address}%20${encodeURIComponent(other)}`,
  ]) {
    const tab = await visit(browser, mixed);
    await tab.page.locator('h1').waitFor();
    expect(await tab.page.locator('h1').innerText()).toBe('This link is damaged');
    await leave(tab);
  }
  expect([site.count(/POST /), site.count(/GET \/api\//)]).toEqual([posts, gets]);
  // With a query of its own, and re-encoded by a gateway, it is still this page's.
  for (const [link, text] of [
    [own.replace('#', '?utm_source=mail#'), 'this one'],
    [other.replace('#', '%23'), 'the other one'],
  ] as const) {
    const tab = await visit(browser, link);
    await tab.page.getByRole('button', { name: 'Reveal' }).click();
    expect(await tab.page.getByLabel('Secret', { exact: true }).inputValue()).toBe(text);
    await leave(tab);
  }
});

test('looking at the receipt of a generated secret does not use up its one showing', async () => {
  const answer = await fetch(`${site.url}/api/v2/secret/generate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const { record } = (await answer.json()) as { record: { receipt: { identifier: string } } };
  const url = `${site.url}/receipt/${record.receipt.identifier}`;
  for (let looks = 0; looks < 2; looks++) {
    const tab = await visit(browser, url);
    expect(await tab.page.locator('h1').innerText()).toBe('Not read yet');
    expect(await tab.page.locator('textarea').count()).toBe(0);
    await leave(tab);
  }
  const tab = await visit(browser, url);
  await tab.page.getByRole('button', { name: 'Show the secret, once' }).click();
  expect(await tab.page.getByLabel('Secret', { exact: true }).inputValue()).toMatch(/^\S{12}$/);
  await tab.page.reload();
  await tab.page.getByRole('button', { name: 'Show the secret, once' }).click();
  await tab.page.getByText('The server shows it no more').waitFor();
  await leave(tab);
});
