import path from 'node:path';
import {makeFolders} from '../../base/make-folders.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {createWhole, refuseToCreate} from '../whole-files.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';
import {refuseFile} from './pipeline-folder.ts';

export interface InitStageOptions {
  /** The name of the stage type. */
  readonly stage: string;
  /** TypeScript rather than JavaScript. */
  readonly ts?: boolean;
  readonly json?: true;
}

/**
 * `pipeline init --stage NAME [FOLDER]`: writes an example stage type into `stages`, and says how a pipeline uses it.
 * Overwrites nothing.
 */
export async function initStageCommand(
  folder: string | undefined,
  {stage, ts = false, json}: InitStageOptions,
  world: World,
): Promise<ExitCode> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(stage)) {
    const sentence = `The name of a stage type has lower-case letters, digits and -, as in my-stage; got ${JSON.stringify(stage)}.`;
    world.faults.fault('bad-command-line', sentence);
    return exitCodes.usage;
  }
  const refused = refuseFile(folder, world);
  if (refused !== undefined) return refused;
  // With these endings a module needs no package.json that declares its type.
  const name = `stages/${stage}.${ts ? 'mts' : 'mjs'}`;
  const file = path.resolve(world.cwd, folder ?? '.', name);
  const shown = displayPath(file, world.cwd);
  try {
    await makeFolders(path.dirname(file));
    await createWhole(file, ts ? typed(stage) : plain(stage));
  } catch (error) {
    return refuseToCreate(error, shown, world);
  }
  if (json === true) {
    writeJson({stageType: stage, plugin: `./${name}`, files: [shown]}, world);
    return exitCodes.ok;
  }
  world.stdout
    .write(`Wrote ${shown}. It imports distillery/stage: install the package distillery beside it.
To use it in a pipeline file of that folder:

plugins: [./${name}]
stages:
  ${stage}:
    uses: ${stage}
    inputs: {text: ./input.txt}
`);
  return exitCodes.ok;
}

function plain(type: string): string {
  return template(
    type,
    "import {defineContract, defineStageType, StageError} from 'distillery/stage';",
    '',
  );
}

function typed(type: string): string {
  const imports = `import {defineContract, defineStageType, StageError} from 'distillery/stage';
import type {StageContext} from 'distillery/stage';`;
  return template(type, imports, ': StageContext<typeof contract>');
}

function template(type: string, imports: string, context: string): string {
  return `import {readFile, writeFile} from 'node:fs/promises';
${imports}

const contract = defineContract({
  type: '${type}',
  version: 1, // raise it when results change for a reason that no file of this stage type shows
  summary: 'Takes the first lines of a text.',
  params: {
    lines: {type: 'integer', minimum: 1, description: 'How many lines', default: 10},
  },
  inputs: {text: {media: 'file', summary: 'the text'}},
  outputs: {head: {media: 'text', summary: 'its first lines'}},
});

async function run({params, inputs, output}${context}) {
  const text = await readFile(inputs.text[0]${context === '' ? '' : '!'}, 'utf8');
  if (text === '') throw new StageError('The text is empty.');
  await writeFile(output('head'), text.split('\\n').slice(0, params.lines).join('\\n'));
}

export const stageTypes = [defineStageType(contract, run)];
`;
}
