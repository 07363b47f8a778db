// `npx pipeline` runs the built file itself, so it must be executable.
import {chmodSync} from 'node:fs';

chmodSync(new URL('../dist/bundle/src/cli/main.js', import.meta.url), 0o755);
