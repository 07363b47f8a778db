import path from 'node:path';
import {diagnosticCodes, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import {findingOf} from '../../diagnostics/finding.ts';
import {githubAnnotations} from '../../diagnostics/github-annotations.ts';
import {sarifLog} from '../../diagnostics/sarif.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {Faults} from '../faults.ts';
import {askedFile} from '../find-file.ts';
import type {PipelineOptions} from '../options/pipeline-options.ts';
import {missingPrograms} from '../options/missing-programs.ts';
import {openTarget, type Target} from '../target.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

export interface ValidateOptions extends PipelineOptions {
  /** The form in which it prints what it finds. */
  readonly format: 'text' | 'json' | 'github' | 'sarif';
  /** The same as the format `json`. */
  readonly json?: true;
}

/** `pipeline validate`: prints all mistakes, or the number of instances. Writes nothing. */
export async function validateCommand(
  words: readonly string[],
  options: ValidateOptions,
  world: World,
): Promise<ExitCode> {
  const format = options.json === true ? 'json' : options.format;
  const found: Diagnostic[] = [];
  const kept: Faults = {
    diagnostics: (more) => void found.push(...more),
    fault: (code, message, note) => world.faults.fault(code, message, note),
  };
  const opened = await openTarget(words, {...options, isQuick: true}, {...world, faults: kept});
  const target = opened.kind === 'ok' ? opened.target : undefined;
  const missing =
    target === undefined
      ? []
      : await missingPrograms(target.whole.instances.values(), world.environment['PATH']);
  found.push(...missing);
  const isValid = target !== undefined && missing.length === 0;
  const findings = found.map(findingOf);
  const {stdout} = world;
  switch (format) {
    case 'text':
      world.faults.diagnostics(found);
      break;
    case 'json': {
      const size = target?.whole.instances.size;
      const counts = {instances: size, chosen: target?.selected.size};
      writeJson({valid: isValid, file: target?.file, ...counts, diagnostics: findings}, world);
      break;
    }
    case 'github':
      stdout.write(githubAnnotations(findings, inRepository(world)));
      break;
    case 'sarif':
      writeJson(
        sarifLog(findings, finder(world), inRepository(world), askedFile(words, world)),
        world,
      );
      break;
  }
  if (isValid && (format === 'text' || format === 'github')) stdout.write(sizeLine(target));
  if (isValid) return exitCodes.ok;
  return opened.kind === 'refused' ? opened.exitCode : exitCodes.invalidPipeline;
}

function sizeLine({file, whole, selected}: Target): string {
  const {size} = whole.instances;
  const instances = size === 1 ? '1 instance' : `${size} instances`;
  const chosen = selected.size < size ? `, ${selected.size} of them chosen` : '';
  return `${file} is valid: ${instances}${chosen}.\n`;
}

function finder({findVersion}: World): Parameters<typeof sarifLog>[1] {
  return {name: 'Distillery', version: findVersion(), meanings: diagnosticCodes};
}

/** Names files as code hosts do: relative to the checkout, which GitHub Actions names, or otherwise to this folder. */
function inRepository({cwd, environment}: World): (file: string) => string {
  const root = environment['GITHUB_WORKSPACE'] ?? cwd;
  return (file) => {
    const relative = path.relative(root, path.resolve(cwd, file));
    return /^\.\.(\/|$)/.test(relative) ? path.resolve(cwd, file) : relative;
  };
}
