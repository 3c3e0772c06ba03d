#!/usr/bin/env node
// CommonJS on purpose: it starts measurably faster, and it can refuse an old Node before that trips over newer syntax.
'use strict';

const { version } = require('../package.json');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`ots: needs Node 20.19 or newer, and this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) {
  process.stdout.write(`${version}\n`);
} else {
  import('../dist/main.js').then(
    ({ main }) => main(process.argv.slice(2), version),
    (error) => {
      process.stderr.write(
        `ots: the program is not built or incomplete (${error.code}); run: npm run build\n`,
      );
      process.exitCode = 1;
    },
  );
}
