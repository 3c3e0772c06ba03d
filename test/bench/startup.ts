/**
 * How long whole commands take, as multiples of `node -e 0` and of a five-line program that does one POST, all in one
 * run, interleaved, medians. Run by hand: `npm run bench:startup [-- RUNS]`. Needs a build.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const RUNS = Number(process.argv[2] ?? 15);
const OTS = new URL('../../bin/ots.js', import.meta.url).pathname;
const POST = `const http = require('node:http');
const body = '{"secret":{"secret":"hello","ttl":3600}}';
const headers = { 'content-type': 'application/json', 'content-length': body.length };
const request = http.request(process.env.OTS_SERVER + '/api/v3/guest/secret/conceal', { method: 'POST', headers }, (answer) => answer.on('data', (data) => process.stdout.write(data)));
request.end(body);
`;

const folder = mkdtempSync(join(tmpdir(), 'ots-bench-'));
const post = join(folder, 'post.cjs');
writeFileSync(post, POST);
const env: NodeJS.ProcessEnv = { ...process.env, HOME: folder };
for (const name of Object.keys(env)) if (/^(?:XDG_|OTS_|NODE_)|_proxy$/i.test(name)) delete env[name];

const server = spawn(process.execPath, [OTS, 'serve', '--port', '0', '--json'], {
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [ready] = (await once(server.stdout, 'data')) as [Buffer];
env['OTS_SERVER'] = (JSON.parse(ready.toString()) as { url: string }).url;

let link = '';
const commands: Record<string, () => { argv: string[]; input?: string }> = {
  'node -e 0': () => ({ argv: ['-e', '0'] }),
  'ots --version': () => ({ argv: [OTS, '--version'] }),
  'five-line POST': () => ({ argv: [post] }),
  'ots share': () => ({ argv: [OTS, 'share'], input: 'hello' }),
  'ots reveal': () => ({ argv: [OTS, 'reveal', link] }),
};
const times = new Map<string, number[]>(Object.keys(commands).map((name) => [name, []]));
for (let run = -1; run < RUNS; run++) {
  for (const [name, make] of Object.entries(commands)) {
    const { argv, input = '' } = make();
    const start = performance.now();
    const result = spawnSync(process.execPath, argv, { env, input });
    const took = performance.now() - start;
    if (result.status !== 0) throw new Error(`${name}: exit ${result.status}: ${result.stderr}`);
    if (name === 'ots share') link = result.stdout.toString().trim();
    if (name === 'ots reveal' && result.stdout.toString() !== 'hello')
      throw new Error('reveal printed something else');
    // The first round warms caches and the probe's memory.
    if (run >= 0) times.get(name)?.push(took);
  }
}
server.kill();
rmSync(folder, { recursive: true, force: true });

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const base = median(times.get('node -e 0') ?? []);
const basePost = median(times.get('five-line POST') ?? []);
console.log(`medians of ${RUNS}, Node ${process.versions.node}`);
console.table(
  Object.fromEntries(
    [...times].map(([name, values]) => [
      name,
      {
        ms: Number(median(values).toFixed(1)),
        min: Number(Math.min(...values).toFixed(1)),
        'x node -e 0': Number((median(values) / base).toFixed(2)),
        'x POST': Number((median(values) / basePost).toFixed(2)),
      },
    ]),
  ),
);
