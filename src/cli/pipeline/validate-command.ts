import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {PipelineOptions} from '../options/pipeline-options.ts';
import {missingPrograms} from '../options/missing-programs.ts';
import {tellDiagnostics} from '../tell-diagnostics.ts';
import {openTarget} from '../target.ts';
import type {World} from '../world.ts';

/** `pipeline validate`: prints all mistakes, or the number of instances. Writes nothing. */
export async function validateCommand(
  words: readonly string[],
  options: PipelineOptions,
  world: World,
): Promise<ExitCode> {
  const opened = await openTarget(words, {...options, isQuick: true}, world);
  if (opened.kind === 'refused') return opened.exitCode;
  const {file, whole, selected} = opened.target;
  const missing = await missingPrograms(whole.instances.values(), world.environment['PATH']);
  if (missing.length > 0) {
    tellDiagnostics(missing, world.stderr);
    return exitCodes.invalidPipeline;
  }
  const {size} = whole.instances;
  const instances = size === 1 ? '1 instance' : `${size} instances`;
  const chosen = selected.size < size ? `, ${selected.size} of them chosen` : '';
  world.stdout.write(`${file} is valid: ${instances}${chosen}.\n`);
  return exitCodes.ok;
}
