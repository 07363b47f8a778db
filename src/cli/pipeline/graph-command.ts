import path from 'node:path';
import {isSystemError, whyRefused} from '../../base/errno.ts';
import {visibleText} from '../../base/visible.ts';
import {graphModel} from '../../pipeline/graph/graph-model.ts';
import {graphSvg} from '../../report/text/graph-svg.ts';
import {graphText, type GraphFormat} from '../../report/text/graph-text.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {openTarget, type TargetOptions} from '../target.ts';
import {replaceWhole} from '../whole-files.ts';
import type {World} from '../world.ts';

export interface GraphOptions extends TargetOptions {
  readonly format: GraphFormat | 'svg';
  /** Draws every instance instead of one node per stage. */
  readonly instances?: true;
  /** The file to write. Absent: standard output. */
  readonly output?: string;
}

/** `pipeline graph`: draws a pipeline. Does not read the store. */
export async function graphCommand(
  words: readonly string[],
  options: GraphOptions,
  world: World,
): Promise<ExitCode> {
  const opened = await openTarget(words, options, world);
  if (opened.kind === 'refused') return opened.exitCode;
  const model = graphModel(opened.target.graph, {instances: options.instances === true});
  const text = visibleText(
    options.format === 'svg'
      ? await graphSvg(graphText(model, 'dot'))
      : graphText(model, options.format),
  );
  if (options.output === undefined) {
    world.stdout.write(text);
    return exitCodes.ok;
  }
  try {
    await replaceWhole(path.resolve(world.cwd, options.output), text);
    return exitCodes.ok;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    world.stderr.write(`${options.output} cannot be written: ${whyRefused(error)}.\n`);
    return exitCodes.usage;
  }
}
