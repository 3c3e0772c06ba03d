/** Builds the browser pages: each one HTML file with its code and style inside, under a policy that allows nothing else. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, transform } from 'esbuild';

const SOURCES = 'src/page';

/** What each page may connect to. The one that works offline reaches nothing. */
const PAGES = { create: "'self'", reveal: "'self'", receipt: "'self'", decrypt: "'none'" };

function hashOf(text) {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** The policy of a page; `frame-ancestors` works only in a header, which the server adds it to. */
function policy(js, css, connect) {
  return [
    "default-src 'none'",
    `script-src ${hashOf(js)}`,
    `style-src ${hashOf(css)}`,
    `connect-src ${connect}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

async function scriptOf(name) {
  const { outputFiles } = await build({
    entryPoints: [join(SOURCES, `${name}.ts`)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'inline',
    logLevel: 'warning',
  });
  return outputFiles[0].text.trim();
}

/** Writes `folder`/NAME.html for every page. */
export async function buildPages(folder) {
  const template = readFileSync(join(SOURCES, 'template.html'), 'utf8').replaceAll('\r\n', '\n');
  const sheet = readFileSync(join(SOURCES, 'page.css'), 'utf8');
  const css = (await transform(sheet, { loader: 'css', minify: true, target: 'es2022' })).code.trim();
  mkdirSync(folder, { recursive: true });
  for (const [name, connect] of Object.entries(PAGES)) {
    const js = await scriptOf(name);
    // By functions: in a replacing text, `$` would mean something.
    const html = template
      .replace('content=""', () => `content="${policy(js, css, connect)}"`)
      .replace('<style></style>', () => `<style>${css}</style>`)
      .replace('<script></script>', () => `<script>${js}</script>`);
    writeFileSync(join(folder, `${name}.html`), html);
  }
}
