import type {Registry} from '../contract/registry.ts';
import type {InstanceGraph} from '../pipeline/instance.ts';
import {loadPipeline} from '../pipeline/load-pipeline.ts';
import {formatDiagnostics} from '../diagnostics/format-diagnostics.ts';
import type {PipelineOptions} from './run-cli.ts';
import type {World} from './world.ts';

/** Loads a pipeline, or shows what is wrong with it and gives `undefined`. */
export async function openPipeline(
  file: string,
  options: PipelineOptions,
  world: World,
): Promise<InstanceGraph | undefined> {
  const {registry} = (await import(world.registryModule)) as {readonly registry: Registry};
  const loaded = await loadPipeline({
    file,
    registry,
    set: options.set ?? [],
    environment: world.environment,
  });
  const mistakes = loaded.kind === 'ok' ? loaded.warnings : loaded.diagnostics;
  world.stderr.write(formatDiagnostics(mistakes, {color: world.stderr.colours}));
  return loaded.kind === 'ok' ? loaded.graph : undefined;
}
