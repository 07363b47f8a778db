// Writes docs/evidence.md from the folders of results/, which hold what finished runs made.
// Usage: node scripts/results.mjs [--check]: with --check writes nothing and exits 1 if the page is stale.
//        node scripts/results.mjs --collect STORE RUN NAME [--stage STAGE] [--versus SET] [--published FILE]: first
//        copies the table of a run (`latest`: the newest), its scores and its records to results/NAME. The page
//        compares with SET, and with the CSV of published values that the table or FILE has.
import {parseArgs} from 'node:util';
import {fileURLToPath} from 'node:url';
import path from 'node:path';
import {writeGenerated} from './generated.mjs';
import {collect} from './results/collect.mjs';
import {evidencePage} from './results/page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = path.join(root, 'results');
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    check: {type: 'boolean'},
    collect: {type: 'boolean'},
    stage: {type: 'string', default: 'table'},
    versus: {type: 'string'},
    published: {type: 'string'},
  },
});
if (values.collect === true) {
  const [store, run, name] = positionals;
  if (name === undefined) throw new Error('--collect needs a store, a run and a name.');
  await collect({...values, store, run, folder: path.join(results, name)});
}
await writeGenerated(path.join(root, 'docs'), /^evidence\.md$/, {
  'evidence.md': await evidencePage(results),
});
