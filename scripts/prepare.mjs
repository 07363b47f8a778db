// `npm ci` builds. The first `npx pipeline` of a checkout comes by here as well, since npm links the checkout into its
// cache for it: then nothing is built that is there, which took long, and which a Ctrl-C would leave in pieces.
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';

const program = new URL('../dist/bundle/src/cli/main.js', import.meta.url);
if (process.env.npm_command === 'exec' && existsSync(program)) process.exit();
process.exit(spawnSync('npm', ['run', 'build'], {stdio: 'inherit'}).status ?? 1);
