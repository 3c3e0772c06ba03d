/** The pages as they were built: nothing but themselves, under a policy that allows nothing but them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { person, ROOT } from '../support/program.ts';

/** Those that inflate carry a port of zlib, 25 kB. */
const MAX_BYTES = { create: 61_000, reveal: 88_000, receipt: 39_500, decrypt: 81_000 };
const MAX_GZIP_BYTES = 33_000;

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

describe.each(Object.entries(MAX_BYTES))('%s', (name, maxBytes) => {
  const html = readFileSync(join(ROOT, 'dist', 'pages', `${name}.html`), 'utf8');
  const inlined = (tag: string) => [...html.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))];

  it('allows its own script and style only', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
    const [scripts, styles] = [inlined('script'), inlined('style')];
    expect([scripts.length, styles.length]).toEqual([1, 1]);
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hashOf(scripts[0]?.[1] ?? '')}`,
      `style-src ${hashOf(styles[0]?.[1] ?? '')}`,
      `connect-src ${name === 'decrypt' ? "'none'" : "'self'"}`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  it('loads nothing, has no inline handlers, evaluates nothing, and is not indexed', () => {
    const script = inlined('script')[0]?.[1] ?? '';
    const markup = html.replace(script, '');
    expect(markup).not.toMatch(/\b(?:src|href)="(?!data:,")|@import|url\(|\son\w+=/i);
    expect(script).not.toMatch(
      /\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write/,
    );
    expect(markup).toContain('<meta name="robots" content="noindex, nofollow">');
    expect(markup).toContain('<meta name="referrer" content="no-referrer">');
    expect(markup).toContain('<title>A secret</title>');
  });

  it('stays small', () => {
    expect(Buffer.byteLength(html)).toBeLessThan(maxBytes);
    expect(gzipSync(html, { level: 9 }).length).toBeLessThan(MAX_GZIP_BYTES);
  });
});

describe('ots page', () => {
  const built = readFileSync(join(ROOT, 'dist', 'pages', 'decrypt.html'), 'utf8');

  it('writes the offline page to standard output or a file', async () => {
    const who = person();
    expect(await who.ots(['page'])).toMatchObject({ code: 0, text: built, stderr: '' });
    expect(await who.ots(['page', '-o', 'page.html'])).toMatchObject({ code: 0, text: '', stderr: '' });
    expect(readFileSync(join(who.folder, 'page.html'), 'utf8')).toBe(built);
    expect((await who.ots(['page', '-o', 'page.html'])).code).toBe(2);
  });
});
