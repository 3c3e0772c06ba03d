/** Two hundred kills of a server at random moments, on sqlite and on Redis. Run by hand: `npm run bench:kill [-- ROUNDS]`. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killRounds } from '../support/kill-rounds.ts';
import { startRedis } from '../support/redis.ts';

const rounds = Number(process.argv[2] ?? 200);
const folder = mkdtempSync(join(tmpdir(), 'ots-kill-'));
const redis = await startRedis();
console.log('sqlite', await killRounds({ store: `sqlite:${join(folder, 'kill.db')}`, rounds }));
console.log('redis', await killRounds({ store: redis.url, rounds }));
await redis.stop();
rmSync(folder, { recursive: true, force: true });
