/** Where this machine keeps things: a folder `ots` in each of the platform's base directories. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

export interface Paths {
  /** config.toml, credentials.json */
  config: string;
  /** receipts.jsonl, recovered/ */
  state: string;
  /** servers.json */
  cache: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Finds the folders; nothing is created. Source: XDG Base Directory Specification 0.8; a relative value is ignored. */
export function findPaths(env: Env, platform: string): Paths {
  const home = env['HOME'] || env['USERPROFILE'] || homedir();
  const base = (variable: string, fallback: string): string => {
    const value = env[variable];
    return join(value !== undefined && isAbsolute(value) ? value : fallback, 'ots');
  };
  if (platform === 'darwin') {
    const support = join(home, 'Library', 'Application Support');
    return {
      config: base('XDG_CONFIG_HOME', support),
      state: base('XDG_STATE_HOME', support),
      cache: base('XDG_CACHE_HOME', join(home, 'Library', 'Caches')),
    };
  }
  if (platform === 'win32') {
    const local = env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local');
    return {
      config: base('APPDATA', join(home, 'AppData', 'Roaming')),
      state: base('LOCALAPPDATA', local),
      cache: join(base('LOCALAPPDATA', local), 'Cache'),
    };
  }
  return {
    config: base('XDG_CONFIG_HOME', join(home, '.config')),
    state: base('XDG_STATE_HOME', join(home, '.local', 'state')),
    cache: base('XDG_CACHE_HOME', join(home, '.cache')),
  };
}
