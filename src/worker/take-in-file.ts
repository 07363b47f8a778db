import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {open} from 'node:fs/promises';
import {isSystemError} from '../base/errno.ts';
import type {Contract} from '../contract/contract.ts';
import {StageError, type StageRun} from '../contract/stage.ts';

/**
 * The code of instances that stand for a user's file: copies its bytes, which have to be those that the run was planned
 * with. Rejects with a `StageError` if they are not.
 */
export function takeInFile(file: string): StageRun<Contract> {
  return async (context) => {
    const sha256 = createHash('sha256');
    const copy = await open(context.output('file'), 'wx');
    try {
      for await (const chunk of createReadStream(file, {highWaterMark: 1 << 20})) {
        sha256.update(chunk as Uint8Array);
        await copy.writeFile(chunk as Uint8Array);
      }
    } catch (error) {
      if (!isSystemError(error) || error.path !== file) throw error;
      throw new StageError(`${file} can no longer be read (${error.code}).`);
    } finally {
      await copy.close();
    }
    if (sha256.digest('hex') === context.params['sha256']) return;
    throw new StageError(
      `${file} was changed after the run had begun. Run again to use it as it is now.`,
    );
  };
}
