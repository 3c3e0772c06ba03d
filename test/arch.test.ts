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
  local: { packages: /^node:|^smol-toml$/, rooms: /^core\/|^remote\/types\.ts$/ },
  io: { packages: /^node:|^chalk$|^clipboardy$|^uqr$|^read$|^proxy-from-env$/, rooms: /^core\// },
  // Never core/index, which leads to the envelope: that the server cannot decrypt is a property of this line.
  server: {
    packages: /^node:|^@noble\/|^hono|^@hono\/node-server|^libsql$|^redis$/,
    rooms: /^core\/(limits|errors|wire|durations)\.ts$/,
  },
  page: { packages: /^uqr$|^fflate$|^pako/, rooms: /^core\// },
  commands: { packages: /^node:|^csv-/, rooms: /^(core|remote|local|io|agent|server)\// },
  'cli.ts': { packages: /^commander$/, rooms: /^(commands|core|io)\/|^flags\.ts$/ },
  'flags.ts': { packages: /^commander$/, rooms: /^$/ },
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
    const code = source.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(code).not.toMatch(/\bprocess\.|\bconsole\.|\bDate\.now\b|new Date\(\)/);
  });

  it('has named exports only, and fits on a few screens', () => {
    expect(source.text).not.toMatch(/^export default/m);
    expect(source.text.split('\n').length).toBeLessThanOrEqual(260);
  });
});
