import {startsAs} from '../signature.ts';
import {CorruptFile, UnsupportedFile} from '../file-fault.ts';

/** What stands before the numbers of a `.npy` file. */
export interface NpyHeader {
  readonly shape: readonly number[];
  /** NumPy's letter: `b` booleans, `i`, `u` integers, `f` floats, `S`, `U` texts. */
  readonly kind: string;
  readonly itemBytes: number;
  readonly isBigEndian: boolean;
  readonly isObject: boolean;
  /** The first index runs fastest. */
  readonly isFortran: boolean;
  /** All of the file before the numbers. */
  readonly headerBytes: number;
}

/** As much as NumPy itself reads of a file that nobody vouches for (`max_header_size`). */
const maxHeaderBytes = 10_000;

/**
 * The header of a `.npy` file (NumPy enhancement proposal 1). It is a dictionary in Python's notation, of which only the form
 * that NumPy writes is taken.
 * @throws CorruptFile, UnsupportedFile
 */
export function parseNpyHeader(bytes: Uint8Array, file: string): NpyHeader {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!startsAs('npy', whole)) throw new CorruptFile(file, 'not a file that NumPy saved (.npy)');
  const version = whole[6] ?? 0;
  if (version > 3) throw new UnsupportedFile(file, `version ${version} of the format is not read`);
  const [lengthBytes, begin] = version === 1 ? [2, 10] : [4, 12];
  if (version === 0 || whole.length < begin) throw new CorruptFile(file, 'its header is cut short');
  const length = whole.readUIntLE(8, lengthBytes);
  if (length > maxHeaderBytes) throw new CorruptFile(file, `refused: a header of ${length} bytes`);
  if (begin + length > whole.length) throw new CorruptFile(file, 'its header is cut short');
  const text = whole.toString(version === 3 ? 'utf8' : 'latin1', begin, begin + length);
  return {...fieldsOf(text, file), headerBytes: begin + length};
}

const field = {
  descr: /'descr': *'([<>|=]?)([a-zA-Z])(\d{0,9})'/,
  fortran: /'fortran_order': *(True|False)/,
  shape: /'shape': *\(((?: *\d{1,15} *,)*(?: *\d{1,15})?) *\)/,
} as const;

function fieldsOf(text: string, file: string): Omit<NpyHeader, 'headerBytes'> {
  if (/'descr': *\[/.test(text)) {
    throw new UnsupportedFile(file, 'it holds records of several fields, which are not read');
  }
  const [descr, fortran, shape] = [field.descr, field.fortran, field.shape].map((of) =>
    of.exec(text),
  );
  if (!descr || !fortran || !shape) throw new CorruptFile(file, 'its header is damaged');
  const [, order, kind = '', digits] = descr;
  const extents = shape[1]!.split(',').filter((part) => part.trim() !== '');
  return {
    shape: extents.map(Number),
    kind,
    // A code point of a text takes four bytes.
    itemBytes: Number(digits) * (kind === 'U' ? 4 : 1),
    isBigEndian: order === '>',
    isObject: kind === 'O',
    isFortran: fortran[1] === 'True' && extents.length > 1,
  };
}
