/** The package as npm would publish it: what is in it, that it installs, works there, and stays small. */
import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Person, person, ROOT, type Run, run, scratchFolder, withServer } from '../support/program.ts';

const MAX_INSTALLED_BYTES = 35 * 2 ** 20;

async function npm(who: Person, cwd: string, ...args: string[]): Promise<Run> {
  // The registry and the cache of whoever runs the tests; the rest of the home is the scratch one.
  const env = {
    ...who.env,
    npm_config_userconfig: join(homedir(), '.npmrc'),
    npm_config_cache: join(homedir(), '.npm'),
  };
  const done = await run('npm', [...args, '--prefer-offline', '--no-audit', '--no-fund'], { env, cwd });
  expect(done.code, done.stderr).toBe(0);
  return done;
}

function sizeOf(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

test('the packed package holds what belongs in it, installs, and shares and reveals', () =>
  withServer(async (server) => {
    const packer = person();
    const folder = scratchFolder();
    const packed = await npm(
      packer,
      ROOT,
      'pack',
      '--ignore-scripts',
      '--json',
      '--pack-destination',
      folder,
    );
    const [{ files, filename }] = JSON.parse(packed.text);
    const paths = (files as { path: string }[]).map(({ path }) => path);
    const tops = [...new Set(paths.map((path) => path.split('/')[0]))].sort();
    expect(tops).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'docs', 'package.json']);
    expect(paths.filter((path) => /\.(?:ts|map)$|test/.test(path))).toEqual([]);

    await npm(packer, folder, 'install', '--no-save', join(folder, filename));
    expect(sizeOf(join(folder, 'node_modules'))).toBeLessThan(MAX_INSTALLED_BYTES);
    for (const name of ['ots', 'onetime']) {
      const version = await run(join(folder, 'node_modules', '.bin', name), ['--version'], {
        env: packer.env,
        cwd: folder,
      });
      expect(version).toMatchObject({ code: 0, stderr: '' });
      expect(version.text).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
    }
    const who = person(server.url, join(folder, 'node_modules', 'ots-cli', 'bin', 'ots.js'));
    const link = await who.share('from the package', ['--gate']);
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'from the package' });
  }));
