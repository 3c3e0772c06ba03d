/**
 * Many secrets at once, as ratios in one run: `ots share --each lines` against a short program that sends ready-made
 * bodies of the same size through undici with as many connections; and how much more memory 60,000 lines take than
 * 1,000. The server is a process of its own. Medians of three. Run by hand: `npm run bench:bulk [-- SECRETS]`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const SECRETS = Number(process.argv[2] ?? 10_000);
const RUNS = 3;
const JOBS = 16;
const OTS = new URL('../../bin/ots.js', import.meta.url).pathname;
const ROOT = new URL('../..', import.meta.url).pathname;

/** What has to be sent anyway. The body is as long as that of a sealed line: hint, envelope, JSON. */
const PLAIN = `
import { Pool } from 'undici';
const [url, count, jobs] = process.argv.slice(1);
const pool = new Pool(url, { connections: Number(jobs) });
const body = JSON.stringify({ secret: { secret: 'x'.repeat(Number(process.env.TEXT_BYTES)), ttl: 604800 } });
const headers = { 'content-type': 'application/json' };
let left = Number(count);
let links = '';
await Promise.all(Array.from({ length: Number(jobs) }, async () => {
  while (left-- > 0) {
    const answer = await pool.request({ method: 'POST', path: '/api/v3/guest/secret/conceal', headers, body });
    const { record } = JSON.parse(await answer.body.text());
    links += url + '/secret/' + record.secret.identifier + '\\n';
  }
}));
process.stdout.write(links);
`;

/** Writes what the system knows of a process when it ends. */
const WITNESS = `process.on('exit', () => {
  const fs = require('node:fs');
  fs.writeFileSync(process.env.WITNESS_FILE, fs.readFileSync('/proc/self/status'));
});`;

const folder = mkdtempSync(join(tmpdir(), 'ots-bench-'));
const witness = join(folder, 'witness.cjs');
writeFileSync(witness, WITNESS);
const env: NodeJS.ProcessEnv = { ...process.env, HOME: folder, WITNESS_FILE: join(folder, 'status') };
for (const name of Object.keys(env)) if (/^(?:XDG_|OTS_|NODE_)|_proxy$/i.test(name)) delete env[name];

const args = [OTS, 'serve', '--port', '0', '--json', '--max-store', '2G'];
const server = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
const [ready] = (await once(server.stdout, 'data')) as [Buffer];
const { url } = JSON.parse(ready.toString()) as { url: string };
env['OTS_SERVER'] = url;

/** A file of different lines, like passwords. */
function lines(count: number): string {
  const path = join(folder, `${count}.txt`);
  writeFileSync(path, Array.from({ length: count }, (_, i) => `password number ${i}\n`).join(''));
  return path;
}

/** Characters of what the server gets for one such line. */
function textBytes(): number {
  const input = readFileSync(lines(1));
  const shared = spawnSync(process.execPath, [OTS, 'share', '--trim'], { env, input });
  const id = /\/secret\/(\w+)/.exec(shared.stdout.toString())?.[1] ?? '';
  const asked = spawnSync(
    process.execPath,
    [
      '-e',
      `fetch('${url}/api/v3/guest/secret/${id}/reveal', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"continue":true}' }).then((answer) => answer.json()).then(({ record }) => console.log(record.secret_value.length))`,
    ],
    { env },
  );
  return Number(asked.stdout.toString());
}

/** Runs a program with its output in a file. @returns milliseconds */
function timed(argv: string[], expected: number): number {
  const path = join(folder, 'links');
  const output = openSync(path, 'w');
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, argv, {
    env,
    cwd: ROOT,
    stdio: ['ignore', output, 'pipe'],
  });
  const took = performance.now() - start;
  closeSync(output);
  if (status !== 0) throw new Error(`exit ${status}: ${stderr.toString()}`);
  const links = readFileSync(path, 'utf8').split('\n').filter(Boolean).length;
  if (links !== expected) throw new Error(`${links} links instead of ${expected}`);
  return took;
}

/** Shares a file of lines. @returns the highest memory of the program, in MB */
function peak(count: number): number {
  timed(['--require', witness, OTS, 'share', '--each', 'lines', '--jobs', `${JOBS}`, lines(count)], count);
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(env['WITNESS_FILE'] ?? '', 'utf8'))?.[1]) / 1024;
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

env['TEXT_BYTES'] = `${textBytes()}`;
const plain = ['--input-type=module', '-e', PLAIN, url, `${SECRETS}`, `${JOBS}`];
const bulk = [OTS, 'share', '--each', 'lines', '--jobs', `${JOBS}`, lines(SECRETS)];
const times: { plain: number[]; bulk: number[] } = { plain: [], bulk: [] };
for (let run = -1; run < RUNS; run++) {
  const round = { plain: timed(plain, SECRETS), bulk: timed(bulk, SECRETS) };
  // The first round warms the server.
  if (run >= 0) for (const name of ['plain', 'bulk'] as const) times[name].push(round[name]);
}
console.log(`${SECRETS} secrets, ${JOBS} jobs, medians of ${RUNS}, Node ${process.versions.node}`);
for (const [name, values] of Object.entries(times))
  console.log(
    `${name}: ${Math.round(median(values))} ms, ${Math.round(SECRETS / (median(values) / 1000))}/s`,
  );
console.log(`bulk is ${(median(times.bulk) / median(times.plain)).toFixed(2)} times plain`);

const [few, many] = [1000, 60_000].map((count) => median([peak(count), peak(count), peak(count)]));
console.log(`memory: ${few?.toFixed(0)} MB for 1,000 lines, ${many?.toFixed(0)} MB for 60,000`);
console.log(`${((many ?? 0) - (few ?? 0)).toFixed(0)} MB more`);
server.kill();
rmSync(folder, { recursive: true, force: true });
