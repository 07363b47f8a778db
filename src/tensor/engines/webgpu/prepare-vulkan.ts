import {existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync} from 'node:fs';
import {randomBytes} from 'node:crypto';
import path from 'node:path';
import {isSystemError, whyRefused} from '../../../base/errno.ts';
import {cacheFolder} from '../../../base/user-folders.ts';
import {UnavailableError} from '../gpu/errors.ts';
import {vulkanState, type Files} from './vulkan.ts';

/**
 * Sees to it that Vulkan finds the driver of this machine's GPU: where only the manifest is missing, it writes one into
 * our cache folder and names it in the environment. Call this before Dawn is loaded.
 * @returns what was found, a line each
 * @throws UnavailableError if something has to be installed
 */
export function prepareVulkan(
  environment: Record<string, string | undefined>,
  files: Files = machineFiles,
): readonly string[] {
  const state = vulkanState(files, environment);
  switch (state.kind) {
    case 'ready':
      return [state.why];
    case 'missing':
      throw new UnavailableError(state.message);
    case 'unlisted': {
      const folder = cacheFolder(environment);
      if (folder === undefined) {
        throw new UnavailableError(
          `${state.why}, and you have no home folder that one could be written to. Write ${state.manifest} to a file and set VK_DRIVER_FILES to its path.`,
        );
      }
      const file = path.join(folder, 'nvidia_icd.json');
      try {
        write(file, state.manifest);
      } catch (error) {
        if (!isSystemError(error)) throw error;
        throw new UnavailableError(
          `${state.why}, and ${file} cannot be written (${whyRefused(error)}). Write ${state.manifest} to a file and set VK_DRIVER_FILES to its path.`,
        );
      }
      environment['VK_DRIVER_FILES'] = file;
      // Loaders older than 1.3.207 know only this name.
      environment['VK_ICD_FILENAMES'] = file;
      return [`${state.why}; uses ${file}, which was written for it`];
    }
  }
}

/** The files of this machine. */
export const machineFiles: Files = {
  exists: existsSync,
  list: (folder) => unlessRefused(() => readdirSync(folder)) ?? [],
  read: (file) => unlessRefused(() => readFileSync(file, 'utf8')),
};

function unlessRefused<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    // What cannot be read is of as little use to Vulkan as what is not there.
    return undefined;
  }
}

/** Processes that start at the same time each write a whole file. */
function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), {recursive: true});
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}
