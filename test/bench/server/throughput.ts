/**
 * What a server does a second, as ratios in one run: creates and reveals on each store against a bare `node:http`
 * server that parses and serialises the same JSON; memory for each secret; many secrets against few; start to ready.
 * Run by hand: `npm run bench:server [-- SECONDS]`. Needs wrk and redis-server.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Pool } from 'undici';
import { startRedis } from '../../support/redis.ts';

const SECONDS = Number(process.argv[2] ?? 3);
const CONNECTIONS = 64;
const ACTS = new URL('acts.lua', import.meta.url).pathname;
const OTS = new URL('../../../bin/ots.js', import.meta.url).pathname;
const TEXT = 'x'.repeat(1000);
const folder = mkdtempSync(join(tmpdir(), 'ots-bench-'));

/** Parses what comes, and serialises the answers that a real server gave to such requests. */
const BARE = `
const [created, revealed] = process.argv.slice(1).map((text) => JSON.parse(text));
require('node:http').createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { secret } = JSON.parse(Buffer.concat(chunks).toString());
    const body = JSON.stringify(secret ? created : revealed);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
}).listen(0, '127.0.0.1', function () { console.log(JSON.stringify({ url: 'http://127.0.0.1:' + this.address().port })); });
`;

interface Running {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

async function run(argv: string[]): Promise<Running> {
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: (JSON.parse(line.toString()) as { url: string }).url,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

const serve = (store: string): Promise<Running> =>
  run([OTS, 'serve', '--port', '0', '--json', '--store', store, '--max-store', '2G']);

type Post = (path: string, value: unknown) => Promise<string>;

function poster(pool: Pool): Post {
  return async (path, value) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await pool.request({ method: 'POST', path, body: JSON.stringify(value), headers });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`);
    return text;
  };
}

const create = (post: Post): Promise<string> =>
  post('/api/v3/guest/secret/conceal', { secret: { secret: TEXT, ttl: 3600 } });

/** What a server answers to a creation and to the reveal of what it created. */
async function answersOf(url: string): Promise<[string, string]> {
  const pool = new Pool(url);
  const created = await create(poster(pool));
  const id = /"secret_identifier":"(\w+)"/.exec(created)?.[1];
  const revealed = await poster(pool)(`/api/v3/guest/secret/${id}/reveal`, { continue: true });
  await pool.close();
  return [created, revealed];
}

/** Creates and reveals for a while, as fast as a client that costs next to nothing can. @returns acts a second */
function throughput(url: string, seconds: number): number {
  const argv = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', ACTS, url];
  const { stdout, error } = spawnSync('wrk', argv, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

async function fill(url: string, count: number): Promise<void> {
  const pool = new Pool(url, { connections: CONNECTIONS });
  const post = poster(pool);
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await create(post);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  await pool.close();
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

async function stores(): Promise<void> {
  const redis = await startRedis();
  const memory = await serve('memory');
  const servers: [string, Running][] = [
    ['bare node:http', await run(['-e', BARE, ...(await answersOf(memory.url))])],
    ['memory', memory],
    ['sqlite', await serve(`sqlite:${join(folder, 'bench.db')}`)],
    ['redis (fsync always)', await serve(redis.url)],
  ];
  const plain = await startRedis(['--appendonly', 'no']);
  servers.push(['redis (no persistence)', await serve(plain.url)]);
  const rates = new Map<string, number[]>();
  for (let round = 0; round < 6; round += 1) {
    for (const [name, { url }] of servers) {
      const rate = throughput(url, round === 0 ? 1 : SECONDS);
      if (round > 0) rates.set(name, [...(rates.get(name) ?? []), rate]);
    }
  }
  const of = (name: string): number => median(rates.get(name) ?? [0]);
  for (const [name] of servers) {
    const ratio = `${(of(name) / of('bare node:http')).toFixed(2)} of bare, ${(of(name) / of('memory')).toFixed(2)} of memory`;
    console.log(`${name}: ${Math.round(of(name))} acts/s, ${ratio}`);
  }
  for (const [, server] of servers) await server.stop();
  await redis.stop();
  await plain.stop();
}

async function many(): Promise<void> {
  const server = await serve('memory');
  throughput(server.url, SECONDS);
  await fill(server.url, 1000);
  const few = throughput(server.url, SECONDS);
  const before = residentBytes(server.pid);
  await fill(server.url, 99_000);
  const each = (residentBytes(server.pid) - before) / 99_000;
  const lots = throughput(server.url, SECONDS);
  await server.stop();
  console.log(`memory for a secret of ${TEXT.length} bytes: ${Math.round(each)} bytes`);
  console.log(`with 100,000 secrets: ${(lots / few).toFixed(2)} of the rate with 1,000`);
}

async function startup(): Promise<void> {
  const [node, ready]: [number[], number[]] = [[], []];
  for (let i = 0; i < 11; i += 1) {
    let from = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    node.push(performance.now() - from);
    from = performance.now();
    const server = await serve('memory');
    ready.push(performance.now() - from);
    await server.stop();
  }
  console.log(`start to ready: ${(median(ready) / median(node)).toFixed(2)} times node -e 0`);
}

await startup();
await stores();
await many();
rmSync(folder, { recursive: true, force: true });
