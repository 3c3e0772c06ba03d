/** The house rules that a machine can check: who imports whom, where the outside world is touched, how long files get. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** A room's own packages, and the rooms or single files it may know. */
const ROOMS: Record<string, { packages: RegExp; rooms: RegExp }> = {
  core: { packages: /^@noble\/(ciphers|hashes)\/|^@scure\/base$/, rooms: /^$/ },
  remote: { packages: /^node:|^undici/, rooms: /^core\// },
  local: { packages: /^node:|^smol-toml$|^@napi-rs\/keyring$/, rooms: /^core\/|^remote\/types\.ts$/ },
  io: { packages: /^node:|^chalk$|^clipboardy$|^uqr$|^read$|^proxy-from-env$/, rooms: /^core\// },
  // Never core/index, which leads to the envelope: that the server cannot decrypt is a property of this line.
  server: {
    packages: /^node:|^@noble\/|^hono|^libsql$|^redis$/,
    rooms: /^core\/(limits|errors|wire|durations)\.ts$/,
  },
  page: { packages: /^uqr$|^pako$/, rooms: /^core\// },
  agent: { packages: /^node:/, rooms: /^(core|remote)\// },
  commands: { packages: /^node:|^csv-/, rooms: /^(core|remote|local|io|agent|server)\// },
  'cli.ts': { packages: /^commander$/, rooms: /^(cli|commands|core|io)\// },
  cli: { packages: /^commander$/, rooms: /^commands\// },
  'main.ts': { packages: /^node:/, rooms: /./ },
  'dev.ts': { packages: /^$/, rooms: /./ },
};

/** Commands that carry a server; all others reach one only over HTTP. */
const EMBEDDING = /^commands\/(serve|try|here)/;

interface Source {
  path: string;
  room: string;
  text: string;
  imports: string[];
}

const sources: Source[] = (readdirSync(SRC, { recursive: true }) as string[])
  .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
  .map((path) => path.replaceAll('\\', '/'))
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    const imports = [...text.matchAll(/(?:\bfrom\s+|\bimport\(\s*|^import\s+)'([^']+)'/gm)].map(
      ([, name]) => name as string,
    );
    return { path, room: path.split('/')[0] as string, text, imports };
  });

/** The place inside src that a relative import leads to. */
function target(source: Source, specifier: string): string {
  return relative(SRC, resolve(dirname(join(SRC, source.path)), specifier)).replaceAll('\\', '/');
}

describe.each(sources)('src/$path', (source) => {
  const rules = ROOMS[source.room];

  it('imports only what its room may know', () => {
    expect(rules, `no rules for ${source.room}`).toBeDefined();
    for (const specifier of source.imports) {
      if (!specifier.startsWith('.')) {
        expect(specifier).toMatch(rules!.packages);
        continue;
      }
      const place = target(source, specifier);
      if (place.endsWith('.json') || place.split('/')[0] === source.room) continue;
      expect(place).toMatch(rules!.rooms);
      if (place.startsWith('server/')) expect(source.path).toMatch(EMBEDDING);
    }
  });

  it('touches process, console and the clock only in main and io', () => {
    if (/^(io\/|main\.ts|dev\.ts)/.test(source.path)) return;
    // A comment may speak of them; `https://` in a string starts none.
    const code = source.text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');
    expect(code).not.toMatch(
      /\bprocess\s*[.[]|\bconsole\s*[.[]|\bDate\.now\b|new Date(?:\(\)|;)|\bperformance\./,
    );
    expect(code).not.toMatch(/[=:(,]\s*(?:process|console)\s*[;,)}]|'(?:node:)?(?:process|console)'/);
  });

  it('has named exports only, and fits on a few screens', () => {
    expect(source.text).not.toMatch(/^export default|\bas default\b/m);
    expect(source.text.split('\n').length).toBeLessThanOrEqual(260);
  });
});

/** Every file of src that a file leads to, itself included. */
function reach(path: string, seen = new Set<string>()): Set<string> {
  const source = sources.find((one) => one.path === path);
  if (source === undefined || seen.has(path)) return seen;
  seen.add(path);
  for (const specifier of source.imports)
    if (specifier.startsWith('.')) reach(target(source, specifier), seen);
  return seen;
}

it('no file of the server leads to the envelope, however long the way', () => {
  const reached = new Set(
    sources.filter(({ room }) => room === 'server').flatMap(({ path }) => [...reach(path)]),
  );
  expect(reached.size).toBeGreaterThan(1);
  expect([...reached].filter((path) => path.startsWith('core/')).sort()).toEqual(
    [...reached].filter((path) => /^core\/(limits|errors|wire|durations)\.ts$/.test(path)).sort(),
  );
  // The other way round, so that this test is known to see something.
  expect(reach('core/index.ts')).toContain('core/envelope.ts');
});

it('local takes types of remote, and nothing that runs', () => {
  for (const { room, text } of sources) {
    if (room !== 'local') continue;
    expect(text).not.toMatch(/^import (?!type\b)[^;]*from '\.\.\/remote\//m);
  }
});
