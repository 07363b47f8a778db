// `npm ci` builds. The first `npx pipeline` of a checkout also runs this script, because npm links the checkout into
// its cache. An existing build is then kept, since a build takes long, and Ctrl-C would leave it incomplete.
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';

const program = new URL('../dist/bundle/src/cli/main.js', import.meta.url);
if (process.env.npm_command === 'exec' && existsSync(program)) process.exit();
process.exit(spawnSync('npm', ['run', 'build'], {stdio: 'inherit'}).status ?? 1);
