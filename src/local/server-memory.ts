/** `servers.json`: what probes learned about servers, so that the next command needs one request and no probe. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerFacts, ServerMemory } from '../remote/types.ts';
import { replaceFile } from './files.ts';

/** A memory in a file. Unreadable or unwritable, it is as if nothing were known: a probe costs one request. */
export function serverMemory(cacheDirectory: string): ServerMemory {
  const path = join(cacheDirectory, 'servers.json');
  const read = (): Record<string, ServerFacts> => {
    try {
      const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
      return typeof value === 'object' && value !== null ? (value as Record<string, ServerFacts>) : {};
    } catch {
      return {};
    }
  };
  return {
    get: (baseUrl) => {
      const known = read();
      return Object.hasOwn(known, baseUrl) ? known[baseUrl] : undefined;
    },
    set: (baseUrl, facts) => {
      try {
        replaceFile(path, `${JSON.stringify({ ...read(), [baseUrl]: facts }, null, 2)}\n`);
      } catch {
        // A cache that cannot be kept is no reason to fail.
      }
    },
  };
}
