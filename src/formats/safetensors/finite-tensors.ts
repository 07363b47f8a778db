import {StrayCounter} from '../finite.ts';
import {SafetensorsFile} from './safetensors-file.ts';
import {bytesPerElement, elementCount, elementsOfBuffer, type Dtype} from '../tensor.ts';

/** Size of a piece in words of 32 bits: a mebibyte, which fits a core's cache. */
const pieceWords = 1 << 18;

/**
 * Finds the first tensor of a safetensors file with numbers that are not finite, described as the end of a sentence;
 * `undefined` if there is none. The file is read in pieces of a mebibyte.
 * @throws CorruptFile; or the file system's error
 */
export async function findStrayTensor(path: string): Promise<string | undefined> {
  await using file = await SafetensorsFile.open(path);
  const piece = new Uint32Array(pieceWords);
  for (const name of file.names) {
    const exponent = exponents[file.info(name).dtype];
    if (exponent === undefined) continue;
    const fault = await faultOf(file, name, {exponent, piece});
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Position of the exponent in floating-point numbers; all its bits are ones for infinity and NaN. */
interface Exponent {
  /** Words of 32 bits from one exponent to the next. */
  readonly step: 1 | 2;
  /** Masks of the exponent in a word; two if a word holds two numbers. */
  readonly masks: readonly number[];
}

/** The exponents of IEEE 754 (for BF16, of the upper half of a float32), little-endian. Whole numbers have none. */
const exponents: Partial<Record<Dtype, Exponent>> = {
  F64: {step: 2, masks: [0x7ff00000]},
  F32: {step: 1, masks: [0x7f800000]},
  F16: {step: 1, masks: [0x7c00, 0x7c000000]},
  BF16: {step: 1, masks: [0x7f80, 0x7f800000]},
};

async function faultOf(
  file: SafetensorsFile,
  name: string,
  {exponent, piece}: {readonly exponent: Exponent; readonly piece: Uint32Array<ArrayBuffer>},
): Promise<string | undefined> {
  const {dtype, shape} = file.info(name);
  const size = bytesPerElement[dtype];
  const strays = new StrayCounter();
  const total = elementCount(shape);
  for (let offset = 0; offset < total; offset += piece.byteLength / size) {
    const count = Math.min(piece.byteLength / size, total - offset);
    await file.readInto(new Uint8Array(piece.buffer), name, {offset, count});
    const words = piece.subarray(0, Math.ceil((count * size) / 4));
    // Bits are tested several times as fast as numbers are, and hardly any file needs the second pass.
    if (exponent.masks.some((mask) => hasBits(words, mask, exponent.step))) {
      const numbers = elementsOfBuffer(dtype, piece.buffer.slice(0, count * size));
      strays.add(numbers as Float32Array | Float64Array);
    } else strays.skip(count);
  }
  return strays.fault(`the tensor \`${name}\``);
}

function hasBits(words: Uint32Array, mask: number, step: number): boolean {
  for (let i = step - 1; i < words.length; i += step) {
    if ((words[i]! & mask) === mask) return true;
  }
  return false;
}
