#!/usr/bin/env node
// CommonJS on purpose: it starts measurably faster, and it can refuse an old Node before that trips over newer syntax.
'use strict';

const { version } = require('../package.json');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`ots: needs Node 20.19 or newer, and this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) {
  process.stdout.on('error', ({ code }) => {
    if (code !== 'EPIPE') process.stderr.write('ots: standard output could not be written\n');
    process.exitCode = 9;
  });
  process.stdout.write(`${version}\n`);
} else {
  start();
}

function start() {
  let main;
  try {
    ({ main } = load());
  } catch (error) {
    process.stderr.write(
      `ots: the program is not built or incomplete (${error.code ?? error.name}); run: npm run build\n`,
    );
    process.exitCode = 1;
    return;
  }
  main(process.argv.slice(2), version, require('node:path').join(__dirname, '..', 'dist'));
}

/**
 * Loads the program as `require` would, but hands V8 what it compiled when the program was built, which saves a
 * quarter of a short command's time. Without it, or where V8 refuses it, V8 compiles.
 */
function load() {
  const { readFileSync } = require('node:fs');
  const { join } = require('node:path');
  const { Script } = require('node:vm');
  const filename = join(__dirname, '..', 'dist', 'main.cjs');
  // The build makes sure that it is ASCII, which this reads fastest; it ends with what identifies it.
  const source = readFileSync(filename, 'latin1');
  const id = source.slice(-16);
  let cachedData;
  try {
    const { version: node, platform, arch } = process;
    cachedData = readFileSync(join(__dirname, '..', 'dist', `compiled-${id}-${node}-${platform}-${arch}`));
  } catch {
    // Built with another Node.
  }
  const script = new Script(source, { filename, cachedData });
  const bundle = { exports: {} };
  script.runInThisContext()(bundle, require, (name) => import(name));
  return bundle.exports;
}
