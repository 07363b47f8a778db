import {isSystemError, whyRefused} from '../../src/base/errno.ts';
import type {ImportedFile} from '../../src/contract/offers.ts';
import {StageError} from '../../src/contract/stage.ts';
import {FileFault} from '../../src/formats/file-fault.ts';
import {PtFile} from '../../src/formats/pytorch/pt-file.ts';

/** Opens files, to see that they are of PyTorch: all that can be told without the data set. @throws FileFault */
export async function openFiles(files: readonly ImportedFile[]): Promise<void> {
  for (const {path} of files) {
    await using _file = await PtFile.open(path);
  }
}

/** Gives what `look` finds wrong with files as a sentence that names them as the user did. */
export async function faultInFiles(
  files: readonly ImportedFile[],
  look: () => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof FileFault || error instanceof StageError) {
      const said = files.reduce((text, {path, name}) => text.replaceAll(path, name), error.message);
      return said.endsWith('.') ? said : `${said}.`;
    }
    if (isSystemError(error)) return `A file cannot be read: ${whyRefused(error)}.`;
    throw error;
  }
}
