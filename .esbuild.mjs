/**
 * Bundles src into dist/main.cjs, and keeps V8's compiled form of it beside it.
 *
 * One CommonJS file, because loading is most of what a short command does: every further file costs, and the loader
 * of ES modules costs most. What src imports dynamically is in the file, but runs only when it is asked for.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import v8 from 'node:v8';
import { Script } from 'node:vm';
import { build } from 'esbuild';
import { buildPages } from './.esbuild.pages.mjs';

/** What packages load and nothing here reaches, as `package path`: it takes longer to load than all the rest. */
const UNREACHED = {
  // undici reads Node's own limit of header bytes; this is its default.
  'undici node:http': 'exports.maxHeaderSize = 16384;',
  'undici node:assert':
    'module.exports = (value, message) => { if (!value) require("node:assert")(value, message); };',
  // No connection negotiates HTTP/2, and no body is anything but text.
  'undici ./client-h2.js': 'module.exports = () => { throw new Error("HTTP/2 is not bundled"); };',
  'undici ../web/fetch/body.js':
    'exports.extractBody = () => { throw new Error("bodies other than text are not bundled"); };',
  // For subcommands that are programs of their own.
  'commander node:child_process':
    'exports.spawn = (...args) => require("node:child_process").spawn(...args);',
};

const light = {
  name: 'light',
  setup(context) {
    // Half a megabyte that only servers with Redis need: a file of its own, found from the launcher.
    context.onResolve({ filter: /^redis$/ }, () => ({ path: '../dist/redis.cjs', external: true }));
    context.onResolve({ filter: /^(?:node:|\.)/ }, ({ path, importer, kind, namespace }) => {
      if (namespace === 'light') return { external: true };
      const wanted = `${/node_modules[\\/]([^\\/]+)/.exec(importer)?.[1]} ${path}`;
      if (Object.hasOwn(UNREACHED, wanted)) return { path: wanted, namespace: 'light' };
      // import() of a module of Node's becomes require, which starts no loader of ES modules.
      if (kind === 'dynamic-import' && path.startsWith('node:')) return { path, namespace: 'light' };
      return undefined;
    });
    context.onLoad({ filter: /.*/, namespace: 'light' }, ({ path }) => ({
      contents: UNREACHED[path] ?? `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

const NODE_BUNDLE = {
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'linked',
  logLevel: 'warning',
};

/** Writes dist/main.cjs: a function that the launcher calls, and an identifier. @returns its path, text, identifier */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: ['src/main.ts'],
    outfile: 'dist/main.cjs',
    write: false,
    plugins: [light],
    external: ['libsql', 'clipboardy', '@napi-rs/keyring'],
    ...NODE_BUNDLE,
  });
  rmSync('dist', { recursive: true, force: true });
  mkdirSync('dist');
  await buildPages('dist/pages');
  await build({
    stdin: { contents: "export { createClient, createCluster, RESP_TYPES } from 'redis';", resolveDir: '.' },
    outfile: 'dist/redis.cjs',
    ...NODE_BUNDLE,
  });
  let result;
  for (const { path, text } of outputFiles) {
    const isCode = path.endsWith('.cjs');
    // A script of node:vm has no import(): the launcher lends its own to what stays outside the bundle.
    const body = text.replaceAll(/(?<![\w$.])import\(/g, 'load(');
    const id = createHash('sha256').update(body).digest('hex').slice(0, 16);
    const content = isCode ? `(function (module, require, load) {${body}\n})//${id}` : text;
    if (isCode && /[^\0-\x7f]/.test(content))
      throw new Error(`${path} is not ASCII, which the launcher expects`);
    writeFileSync(path, content);
    if (isCode) result = { path, content, id };
  }
  return result;
}

/** Runs the program in this process, with its streams and exit replaced for good. @returns what it printed */
async function run(main, argv, input) {
  const printed = [];
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      printed.push(chunk);
      done();
    },
  });
  Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(input)]), configurable: true });
  Object.defineProperty(process, 'stdout', { value: stdout, configurable: true });
  const exited = new Promise((done) => {
    process.exit = done;
  });
  await main(argv, 'build', 'dist');
  const code = await exited;
  if (code !== 0) throw new Error(`ots ${argv[0]}: exit ${code}`);
  return Buffer.concat(printed).toString();
}

/**
 * Shares and reveals with the new bundle, and keeps what V8 compiled for that. Without this file, which serves this
 * version of Node only, the program works alike, but begins 20 ms later.
 */
async function keepCompiled({ path, content, id }) {
  const folder = mkdtempSync(join(tmpdir(), 'ots-build-'));
  for (const name of Object.keys(process.env))
    if (/^(?:XDG_|OTS_)|_proxy$/i.test(name)) delete process.env[name];
  for (const name of ['HOME', 'APPDATA', 'LOCALAPPDATA']) process.env[name] = folder;
  // V8 accepts compiled code under the flags that it was compiled under; the program sets one after it was loaded.
  v8.setFlagsFromString = () => undefined;
  const server = spawn(process.execPath, ['bin/ots.js', 'serve', '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 20_000,
  });
  try {
    const script = new Script(content, { filename: path });
    const loaded = { exports: {} };
    script.runInThisContext()(loaded, createRequire(resolve('bin/ots.js')), (name) => import(name));
    const { main } = loaded.exports;
    const ended = once(server, 'close').then(() => Promise.reject(new Error('no server to try it with')));
    const [ready] = await Promise.race([once(server.stdout, 'data'), ended]);
    ended.catch(() => undefined);
    process.env.OTS_SERVER = JSON.parse(ready).url;
    const link = await run(main, ['share'], 'warm-up');
    await run(main, ['reveal', link.trim()], '');
    const { version, platform, arch } = process;
    const target = `dist/compiled-${id}-${version}-${platform}-${arch}`;
    writeFileSync(`${target}.part`, script.createCachedData());
    renameSync(`${target}.part`, target);
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

const { exit } = process;
await keepCompiled(await bundle()).catch((error) => {
  process.stderr.write(
    `built, but without V8's compiled form, so that commands begin slower: ${error.message}\n`,
  );
});
exit(0);
