/** Real redis-server processes on loopback, in folders of their own. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Redis {
  port: number;
  url: string;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on what it wrote. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const up = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.once('connect', () => socket.write('PING\r\n'));
      socket.on('data', (chunk) => {
        text += chunk.toString();
        if (text.includes('\n')) socket.destroy();
      });
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(/^(?:\+PONG|-NOAUTH)/.test(text)));
    });
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('redis-server does not answer');
}

/** Starts one that writes every change to disk before it answers. */
export async function startRedis(more: string[] = []): Promise<Redis> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'ots-redis-'));
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  args.push('--appendonly', 'yes', '--appendfsync', 'always', ...more);
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    child = spawn('redis-server', args, { stdio: 'ignore' });
    await answers(port);
  };
  const kill = async (): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    restart: start,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a cluster of three. @param password what it demands, if anything */
export async function startCluster(password?: string): Promise<{ url: string; stop(): Promise<void> }> {
  const demanded = password === undefined ? [] : ['--requirepass', password, '--masterauth', password];
  const env = { ...process.env, ...(password !== undefined && { REDISCLI_AUTH: password }) };
  const nodes = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const bus = `${await freePort()}`;
      return startRedis([
        '--cluster-enabled',
        'yes',
        '--cluster-port',
        bus,
        '--cluster-node-timeout',
        '5000',
        ...demanded,
      ]);
    }),
  );
  const hosts = nodes.map((node) => `127.0.0.1:${node.port}`);
  const options = ['--cluster', 'create', ...hosts, '--cluster-replicas', '0', '--cluster-yes'];
  execFileSync('redis-cli', options, { stdio: 'ignore', env });
  for (const { port } of nodes) {
    for (let tries = 0; tries < 100; tries += 1) {
      const info = execFileSync('redis-cli', ['-p', `${port}`, 'cluster', 'info'], { env }).toString();
      if (info.includes('cluster_state:ok')) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return {
    url: `redis-cluster://${hosts.join(',')}`,
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
}
