// Writes the two lists of networks from the files in src/learning/models/architectures, which must be built:
// src/learning/models/every-architecture.ts, and stages/shared/network-names.ts with the names alone, for contracts.
// Usage: node scripts/networks.mjs [--check]: with --check writes nothing and exits 1 if a list is stale.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import * as prettier from 'prettier';

const root = new URL('../', import.meta.url);
const names = readdirSync(new URL('src/learning/models/architectures', root))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();
const about = '// Written by scripts/networks.mjs: run `npm run schemas`.';

const modules = await Promise.all(
  names.map((name) => import(`../dist/src/learning/models/architectures/${name}.js`)),
);
const networks = modules.flatMap(({architectures}) => Object.keys(architectures));
const doubled = networks.filter((network, i) => networks.indexOf(network) !== i);
if (doubled.length > 0) throw new Error(`Two architectures are called ${doubled.join(', ')}`);

const written = {
  'src/learning/models/every-architecture.ts': `${about}
import type {Architectures} from './architecture.ts';
${names.map((name, i) => `import {architectures as from${i}} from './architectures/${name}.ts';`).join('\n')}

/** All networks by name. */
export const architectures: Architectures = {${names.map((_, i) => `...from${i}`).join(', ')}};
`,
  'stages/shared/network-names.ts': `${about}

/** The names of all networks. */
export const networkNames = ${JSON.stringify(networks)};
`,
};

for (const [name, source] of Object.entries(written)) {
  const file = fileURLToPath(new URL(name, root));
  const options = await prettier.resolveConfig(file);
  const text = await prettier.format(source, {...options, parser: 'typescript', filepath: file});
  if (text === readFileSync(file, 'utf8')) continue;
  if (process.argv.includes('--check')) {
    console.error(`${name} is stale: run \`npm run schemas\`.`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
  }
}
