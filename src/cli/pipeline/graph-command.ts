import path from 'node:path';
import {isSystemError, whyRefused} from '../../base/errno.ts';
import {visibleJson, visibleText} from '../../base/visible.ts';
import {graphModel, type GraphModel} from '../../pipeline/graph/graph-model.ts';
import {graphSvg} from '../../report/text/graph-svg.ts';
import {graphText, type GraphFormat} from '../../report/text/graph-text.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {openTarget, type TargetOptions} from '../target.ts';
import {replaceWhole} from '../whole-files.ts';
import type {World} from '../world.ts';

export interface GraphOptions extends TargetOptions {
  readonly format: GraphFormat | 'svg' | 'json';
  /** Draws every instance instead of one node per stage. */
  readonly instances?: true;
  /** The same as the format `json`. */
  readonly json?: true;
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
  const text = visibleText(await drawn(model, options.json === true ? 'json' : options.format));
  if (options.output === undefined) {
    world.stdout.write(text);
    return exitCodes.ok;
  }
  try {
    await replaceWhole(path.resolve(world.cwd, options.output), text);
    return exitCodes.ok;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const message = `${options.output} cannot be written: ${whyRefused(error)}.`;
    world.faults.fault('unwritable-file', message);
    return exitCodes.usage;
  }
}

async function drawn(model: GraphModel, format: GraphOptions['format']): Promise<string> {
  switch (format) {
    case 'svg':
      return await graphSvg(graphText(model, 'dot'));
    case 'json': {
      const {name, nodes, edges} = model;
      return `${visibleJson({name, nodes: Object.fromEntries(nodes), edges}, 2)}\n`;
    }
    case 'text':
    case 'mermaid':
    case 'dot':
      return graphText(model, format);
  }
}
