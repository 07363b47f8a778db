// Writes stages/registry.ts and stages/costs.ts from the folders of stages/: a folder with a contract is a stage type.
// Usage: node scripts/registry.mjs [--check]: with --check writes nothing and exits 1 if a file is stale.
import {existsSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import path from 'node:path';
import * as prettier from 'prettier';

const stages = fileURLToPath(new URL('../stages/', import.meta.url));
const has = (name) => (type) => existsSync(path.join(stages, type, name));
const types = readdirSync(stages).filter(has('contract.ts')).sort();
const costly = types.filter(has('cost.ts'));
const looking = types.filter(has('find-facts.ts'));
const about = '// Written by scripts/registry.mjs: run `npm run schemas`.';
const variable = (type) => type.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const lines = (names, line) => names.map(line).join('\n');

const written = {
  'registry.ts': `${about}
import type {CostModels} from '../src/contract/cost.ts';
import {defineStageType, registryOf, type Registry} from '../src/contract/registry.ts';
${lines(types, (type) => `import {contract as ${variable(type)}} from './${type}/contract.ts';`)}

/** The built-in stage types. */
export const registry: Registry = registryOf([
${lines(types, (type) => `defineStageType(${variable(type)}, () => import('./${type}/run.ts')),`)}
]);

/** The cost models of the built-in stage types. */
export async function loadCosts(): Promise<CostModels> {
  return (await import('./costs.ts')).costs;
}
`,
  'costs.ts': `${about}
import type {CostModels} from '../src/contract/cost.ts';
${lines(costly, (type) => `import {cost as ${variable(type)}} from './${type}/cost.ts';`)}
${lines(looking, (type) => `import {findFacts as ${variable(`find-${type}-facts`)}} from './${type}/find-facts.ts';`)}
import {sharedWork, usualSpeeds} from './shared/cpu-figures.ts';
import {figuresGpu, gpuFiguresCaveat, gpuFiguresSource} from './shared/gpu-figures.ts';

/** Cost models for stages of which no similar one ever ran. gpu-figures.ts and cpu-figures.ts have the sources of the figures. */
export const costs: CostModels = {
  of: new Map([
${lines(costly, (type) => `['${type}', ${variable(type)}],`)}
  ]),
  findFacts: new Map([
${lines(looking, (type) => `['${type}', ${variable(`find-${type}-facts`)}],`)}
  ]),
  source: gpuFiguresSource,
  caveat: gpuFiguresCaveat,
  gpu: figuresGpu,
  usualSpeeds,
  shared: sharedWork,
};
`,
};

for (const [name, source] of Object.entries(written)) {
  const file = path.join(stages, name);
  const options = await prettier.resolveConfig(file);
  const text = await prettier.format(source, {...options, parser: 'typescript', filepath: file});
  if (existsSync(file) && text === readFileSync(file, 'utf8')) continue;
  if (process.argv.includes('--check')) {
    console.error(`stages/${name} is stale: run \`npm run schemas\`.`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
  }
}
