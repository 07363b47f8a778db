import {exitCodes, type ExitCode} from './exit-codes.ts';
import {openPipeline} from './open-pipeline.ts';
import type {PipelineOptions} from './run-cli.ts';
import type {World} from './world.ts';

/** `pipeline validate FILE`: every mistake at once, or the number of instances. Writes nothing. */
export async function validateCommand(
  file: string,
  options: PipelineOptions,
  world: World,
): Promise<ExitCode> {
  const graph = await openPipeline(file, options, world);
  if (graph === undefined) return exitCodes.invalidPipeline;
  world.stdout.write(`${file} is valid: ${graph.instances.size} instances.\n`);
  return exitCodes.ok;
}
