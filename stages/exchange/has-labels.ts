import path from 'node:path';
import {isSystemError} from '../../src/base/errno.ts';
import type {ImportedFile} from '../../src/contract/offers.ts';
import {FileFault} from '../../src/formats/file-fault.ts';
import {PtFile} from '../../src/formats/pytorch/pt-file.ts';
import {PtTensor} from '../../src/formats/pytorch/values.ts';

/**
 * Whether a file of a synthetic set has the labels: one tensor of rank 1 of whole numbers. The name decides about a file
 * that cannot be read, which the import will refuse.
 */
export async function hasLabels({path: file, name}: ImportedFile): Promise<boolean> {
  try {
    await using opened = await PtFile.open(file, name);
    const {value} = opened;
    return value instanceof PtTensor && value.shape.length === 1 && !isFloat(value.storage.dtype);
  } catch (error) {
    if (!(error instanceof FileFault) && !isSystemError(error)) throw error;
    return path.basename(file).startsWith('labels');
  }
}

function isFloat(dtype: string): boolean {
  return /^B?F/.test(dtype);
}
