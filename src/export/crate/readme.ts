import {quoteWord} from '../../base/quote-word.ts';
import {visibleLine} from '../../base/visible.ts';
import type {CrateSource, InstanceResult} from './crate-source.ts';
import type {SourceFiles} from './source-files.ts';
import {isUserFile, outputsOf, pluginOf} from './tools.ts';

/** A sentence about a run. */
export function describeRun({account, planned, results}: CrateSource): string {
  const by = planned.facts === undefined ? '' : ` by Distillery ${planned.facts.version}`;
  const count = results.length === 1 ? '1 result' : `${results.length} results`;
  return `A run of the pipeline ${planned.name}${by}, with the outcome ${account.outcome} and ${count}: what made them, with which parameters, from which inputs.`;
}

/** The file `README.md` of a crate: how to run the pipeline again, and what the crate does not have. */
export function readmeText(source: CrateSource, files: SourceFiles): string {
  const {account, planned, results} = source;
  const parts = [
    `# ${plain(planned.name)}: run ${plain(account.run)}`,
    plain(describeRun(source)),
    'The file `ro-crate-metadata.json` describes each file and how it was made, as an [RO-Crate](https://www.researchobject.org/ro-crate/).',
    ...(files.pipeline === undefined ? [] : againParts(account.started?.command, files)),
    '## What is not here',
    lacksOf(results, files)
      .map((line) => `- ${line}`)
      .join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** @param command that of the run */
function againParts(
  command: string | undefined,
  {pipeline, others, params, set}: SourceFiles,
): readonly string[] {
  const words = [
    'pipeline',
    'run',
    pipeline!.path,
    ...params.flatMap(({path}) => ['--params-file', path]),
    ...set.flatMap((value) => ['--set', value]),
  ];
  return [
    '## To run the pipeline again',
    'In the folder of this file:',
    code(words.map(quoteWord).join(' ')),
    ...(command === undefined
      ? []
      : [
          'The run was started by this command. Add its other options and selectors, if you want them, too:',
          code(command),
        ]),
    ...(others.length === 0
      ? []
      : [
          'If a pipeline file names another by an absolute path, such as `extends: /data/base.yaml`, change that to the place of the file here.',
        ]),
  ];
}

function lacksOf(
  results: readonly InstanceResult[],
  {missing, areKnown}: SourceFiles,
): readonly string[] {
  return [
    ...missing.map((name) => `${plain(name)}, ${notKept}`),
    ...(areKnown ? [] : [unknownFiles]),
    ...results.filter(isUserFile).map(userFile),
    ...[...pluginsOf(results)].map((name) => `The plugin ${plain(name)}.`),
    'Large results, which the description tells by their digests.',
  ];
}

const notKept =
  'which the run was loaded from: it was too large to be kept, or its path cannot be that of a file of a crate.';
const unknownFiles =
  'Pipeline files that the named one extends or uses, and files of parameters, if there were any: the version of Distillery that made the run did not keep them.';

function userFile({instance, record}: InstanceResult): string {
  const digests = outputsOf(record).join(', ');
  return `${plain(instance)}, a file that the pipeline takes in; its sha256 is ${digests}.`;
}

function pluginsOf(results: readonly InstanceResult[]): ReadonlySet<string> {
  return new Set(results.flatMap(({fingerprint}) => pluginOf(fingerprint) ?? []));
}

/** A text as a line of Markdown code. */
function code(text: string): string {
  return `    ${visibleLine(text)}`;
}

/** A text as it is, in Markdown. */
function plain(text: string): string {
  return visibleLine(text).replaceAll(/[\\`*_[\]<>&#|~!]/g, '\\$&');
}
