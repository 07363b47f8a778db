import {fileURLToPath} from 'node:url';
import type {PluginCode} from '../contract/plugin.ts';
import type {StageType} from '../contract/registry.ts';
import {StageError} from '../contract/stage.ts';
import {codeDigest} from './code-digest.ts';
import {stageTypesOf} from './stage-types-of.ts';

/**
 * Loads a stage type from its plugin, to run it. Rejects with a `StageError` if the code has changed since the key was
 * made.
 */
export async function loadPluggedType(
  {module, identity}: PluginCode,
  type: string,
): Promise<StageType> {
  if (codeDigest(fileURLToPath(module)) === identity.sha256) {
    const types = stageTypesOf(await import(module));
    const found = types?.find(({contract}) => contract.type === type);
    if (found !== undefined) return found;
  }
  throw new StageError(
    `The code of ${identity.name} has changed since this run was planned. Run the pipeline again.`,
  );
}
