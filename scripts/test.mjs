// Runs the built tests: node:test needs explicit files on Node 20.
// Usage: node scripts/test.mjs [words…]: only files whose path contains one of the words.
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import path from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const words = process.argv.slice(2);
const files = readdirSync(path.join(root, 'dist/test'), {recursive: true})
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort()
  .map((file) => path.join('dist/test', file));
if (files.length === 0) {
  console.error(`No test file matches ${words.join(' ')}; did you build?`);
  process.exit(2);
}
const args = ['--enable-source-maps', '--test', '--test-concurrency=2', ...files];
process.exit(spawnSync(process.execPath, args, {cwd: root, stdio: 'inherit'}).status ?? 1);
