/** A reveal in a browser whose answer is lost: with a claim nothing is lost, and nobody else gains anything. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

const REVEALS = '**/api/v3/guest/secret/*/reveal';
const BROKEN = /Failed to load|ERR_/;
const press = (page: Page, name: string) => page.getByRole('button', { name }).click();
const shown = (page: Page) => page.getByLabel('Secret', { exact: true }).inputValue();
const storedClaims = (page: Page) => page.evaluate('Object.keys(sessionStorage).length');

/** The server answers, and the answer is lost on its way: the worst of all breaks. */
async function loseAnswers(page: Page, count: number): Promise<void> {
  await page.route(
    REVEALS,
    async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    },
    { times: count },
  );
}

test.each([
  ['encrypted', []],
  ['gated', ['--gate']],
  ['ordinary', ['--plain']],
] as const)('an answer lost on the way is asked for again, and acknowledged: %s', async (_, args) => {
  const link = await site.someone.share('not lost', [...args]);
  const tab = await visit(browser, link);
  await loseAnswers(tab.page, 2);
  await press(tab.page, 'Reveal');
  for (let tries = 0; tries < 2; tries++) {
    await tab.page.getByText('Nothing is lost yet: for 60 seconds').waitFor();
    // To everybody else it is gone.
    expect((await site.someone.ots(['reveal', link])).code).toBe(3);
    const acknowledged =
      tries === 0
        ? undefined
        : tab.page.waitForResponse((response) => response.url().endsWith('/acknowledge'));
    await press(tab.page, 'Try again');
    expect((await acknowledged)?.status() ?? 200).toBe(200);
  }
  expect(await shown(tab.page)).toBe('not lost');
  expect(await storedClaims(tab.page)).toBe(0);
  if (link.includes('#')) expect(site.sent()).not.toContain(keyOf(link));
  await leave(tab, BROKEN);
});

test('each reveal has a claim of its own, and what is stored holds neither key nor text', async () => {
  const claims = new Set<string>();
  for (const text of ['one', 'two']) {
    const link = await site.someone.share(text);
    const tab = await visit(browser, link);
    tab.page.on('request', (request) => {
      if (!request.url().endsWith('/reveal')) return;
      claims.add((request.postDataJSON() as { claim: string }).claim);
    });
    await loseAnswers(tab.page, 1);
    await press(tab.page, 'Reveal');
    await tab.page.getByText('Nothing is lost yet').waitFor();
    const stored = String(await tab.page.evaluate('JSON.stringify([sessionStorage, localStorage])'));
    expect(stored).toContain('ots claim');
    expect(stored).not.toContain(keyOf(link).slice(0, 12));
    await press(tab.page, 'Try again');
    expect(await shown(tab.page)).toBe(text);
    await leave(tab, BROKEN);
  }
  expect(claims.size).toBe(2);
  for (const claim of claims) expect(claim).toMatch(/^[\w-]{42}[AEIMQUYcgkosw048]$/);
});

test('the link opened once more in the same tab finishes what broke off; in another it is gone', async () => {
  const link = await site.someone.share('finished later');
  const tab = await visit(browser, link);
  await loseAnswers(tab.page, 1);
  await press(tab.page, 'Reveal');
  await tab.page.getByText('Nothing is lost yet').waitFor();
  const other = await visit(browser, link);
  await press(other.page, 'Reveal');
  await other.page.getByText('This secret is gone').waitFor();
  await leave(other, /404/);
  await tab.page.reload();
  await tab.page.goto(link);
  await press(tab.page, 'Reveal');
  expect(await shown(tab.page)).toBe('finished later');
  await leave(tab, BROKEN);
});

test('a wrong passphrase after a break is asked for again in its form', async () => {
  const link = await site.someone.share('x', ['--gate']);
  const tab = await visit(browser, link);
  await tab.page.route(REVEALS, (route) => route.abort('connectionreset'), { times: 1 });
  await press(tab.page, 'Reveal');
  await tab.page.getByText('Nothing is lost yet').waitFor();
  await tab.page.route(REVEALS, (route) => route.fulfill({ status: 422, body: '{}' }), { times: 1 });
  await press(tab.page, 'Try again');
  await tab.page.getByText('The server refuses this link').waitFor();
  await press(tab.page, 'Reveal');
  expect(await shown(tab.page)).toBe('x');
  await leave(tab, /Failed to load|ERR_|422/);
});

test('a server that announces no claims is sent none, and asked once', async () => {
  const link = await site.someone.share('once only');
  const tab = await visit(browser, link);
  await tab.page.route('**/api/v3/status', async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers() };
    delete headers['o-claim'];
    await route.fulfill({ response, headers });
  });
  const bodies: string[] = [];
  tab.page.on('request', (request) => {
    if (request.url().endsWith('/reveal')) bodies.push(request.postData() ?? '');
  });
  await loseAnswers(tab.page, 1);
  await press(tab.page, 'Reveal');
  await tab.page.getByText('The secret may be spent').waitFor();
  expect(await tab.page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
  await press(tab.page, 'See if it is still there');
  await tab.page.getByText('The secret is gone').waitFor();
  expect(bodies).toEqual(['{"continue":true}']);
  await leave(tab, BROKEN);
});

test('a server that cannot be asked whether it keeps claims is not asked for the secret', async () => {
  const link = await site.someone.share('untouched');
  const tab = await visit(browser, link);
  await tab.page.route('**/api/v3/status', (route) => route.abort('connectionreset'));
  await press(tab.page, 'Reveal');
  await tab.page.getByText('Nothing was spent').waitFor();
  await tab.page.unroute('**/api/v3/status');
  await press(tab.page, 'Reveal');
  expect(await shown(tab.page)).toBe('untouched');
  await leave(tab, BROKEN);
});

test('when the time of the claim is over, the page asks no more', async () => {
  const link = await site.someone.share('too late');
  const tab = await visit(browser, link);
  await tab.page.route('**/api/v3/status', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'o-claim': '1' } });
  });
  await loseAnswers(tab.page, 1);
  await press(tab.page, 'Reveal');
  await tab.page.getByText('The secret may be spent').waitFor();
  expect(await tab.page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
  await leave(tab, BROKEN);
});

test('stretching a passphrase shows how far it is', async () => {
  const tab = await visit(browser, site.url);
  // Looked at whenever the browser paints: so it does, in the midst of the work.
  await tab.page.evaluate(`window.seen = new Set();
    const look = () => {
      const bar = document.querySelector('progress');
      if (bar) { seen.add(bar.value); window.label = bar.getAttribute('aria-label'); }
      requestAnimationFrame(look);
    };
    look()`);
  await tab.page.getByLabel('Secret', { exact: true }).fill('slow');
  await tab.page.getByLabel(/^Passphrase/).fill('six random words would do');
  await press(tab.page, 'Encrypt');
  await tab.page.getByLabel('Link', { exact: true }).waitFor();
  expect(await tab.page.evaluate('seen.size')).toBeGreaterThan(2);
  expect(await tab.page.evaluate('label')).toBe('Stretching the passphrase');
  await leave(tab);
});
