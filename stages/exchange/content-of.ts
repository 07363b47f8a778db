import path from 'node:path';
import {isSystemError} from '../../src/base/errno.ts';
import type {ImportedFile} from '../../src/contract/offers.ts';
import {FileFault} from '../../src/formats/file-fault.ts';
import {PtFile} from '../../src/formats/pytorch/pt-file.ts';
import {PtTensor, type PtValue} from '../../src/formats/pytorch/values.ts';

/** The contents of a file of a synthetic set. */
export type SetContent = 'images' | 'labels' | 'stepSize';

/**
 * What a file of a synthetic set has. Labels are a tensor of rank 1 of whole numbers, or one of rank 2; the step size is a
 * single number. The name decides about a file that cannot be read, which the import will refuse.
 */
export async function contentOf({path: file, name}: ImportedFile): Promise<SetContent> {
  try {
    await using opened = await PtFile.open(file, name);
    return contentOfValue(opened.value);
  } catch (error) {
    if (!(error instanceof FileFault) && !isSystemError(error)) throw error;
    const base = path.basename(file);
    if (base.startsWith('labels')) return 'labels';
    return base.startsWith('lr') ? 'stepSize' : 'images';
  }
}

function contentOfValue(value: PtValue): SetContent {
  if (typeof value === 'number') return 'stepSize';
  if (!(value instanceof PtTensor)) return 'images';
  const {shape, storage} = value;
  if (shape.length === 2) return 'labels';
  if (shape.length > 1) return 'images';
  const isFloat = /^B?F/.test(storage.dtype);
  if (shape.length === 1 && !isFloat) return 'labels';
  return isFloat && (shape[0] ?? 1) === 1 ? 'stepSize' : 'images';
}
