// Runs the built tests: node:test needs explicit files on Node 20.
// Usage: node scripts/test.mjs [--fast] [words…]: runs only files whose path contains one of the words; with --fast, no
// files that drive the real program, a browser or every engine.
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import path from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const given = process.argv.slice(2);
const words = given.filter((word) => word !== '--fast');
const slow =
  /^(cli|pipelines|page|reference|fuzz|interchange|executors|stages|learning)\/|^tensor\/engines\/|^store\/(power-cut|failpoints|gc)\b|^schedule\/laws\b/;
const files = readdirSync(path.join(root, 'dist/test'), {recursive: true})
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => !given.includes('--fast') || !slow.test(file))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort()
  .map((file) => path.join('dist/test', file));
if (files.length === 0) {
  console.error(`No test file matches ${words.join(' ')}; did you build?`);
  process.exit(2);
}
const args = ['--enable-source-maps', '--test', '--test-concurrency=2', ...files];
process.exit(spawnSync(process.execPath, args, {cwd: root, stdio: 'inherit'}).status ?? 1);
