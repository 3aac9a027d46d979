/**
 * Runs before what people call first: where Node is too old, or before `npm ci`, they read one sentence. What stands before
 * that on the age of Node is in the language of much older ones.
 */
const { name, engines } = require('../package.json');
const oldest = /\d+/.exec(engines.node)[0];
if (parseInt(process.versions.node, 10) < Number(oldest)) {
  console.error(`${name} needs Node ${oldest} or newer; this is ${process.version}.`);
  process.exit(1);
}

const { existsSync } = require('node:fs');
const { join } = require('node:path');
// npm writes this file last. The Node that it brings runs TypeScript as it is.
const installed = existsSync(join(__dirname, '../node_modules/.package-lock.json'));
if (!installed || !process.features.typescript) {
  console.error('Run npm ci first: it brings all that the scripts need.');
  process.exit(1);
}
