import {StoredZipWriter} from '../../../src/formats/zip/stored-zip-writer.ts';

/** A pickle of hand-written instructions, one character per byte. */
export function pickleBytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** The instructions for a text. */
export function pickledText(text: string): string {
  return `\x8c${String.fromCharCode(text.length)}${text}`;
}

/** The instructions for a tensor of float32. */
export function pickledTensor(view: {
  readonly key: string;
  readonly count: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}): string {
  const {key, count, offset = 0, shape, strides} = view;
  const tuple = (numbers: readonly number[]): string => `(${numbers.map(whole).join('')}t`;
  const id = `(${pickledText('storage')}ctorch\nFloatStorage\n${pickledText(key)}${pickledText('cpu')}${whole(count)}tQ`;
  return `ctorch._utils\n_rebuild_tensor_v2\n(${id}${whole(offset)}${tuple(shape)}${tuple(strides)}\x89ccollections\nOrderedDict\n)RtR`;
}

function whole(number: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(number);
  return `J${bytes.toString('latin1')}`;
}

/**
 * Writes a file as `torch.save` does, with this pickle and these storages. `entries` are added under their full names.
 */
export async function writeArchive(
  path: string,
  content: {
    readonly pickle: string;
    readonly storages?: Readonly<Record<string, Uint8Array>>;
    readonly entries?: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const {pickle, storages = {}, entries = {}} = content;
  await using zip = await StoredZipWriter.create(path);
  await zip.add('it/data.pkl', pickleBytes(pickle));
  for (const [key, bytes] of Object.entries(storages)) await zip.add(`it/data/${key}`, bytes);
  for (const [name, text] of Object.entries(entries)) await zip.add(name, Buffer.from(text));
  await zip.finish();
}

/** The bytes of float32 numbers. */
export function floatBytes(numbers: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(numbers).buffer);
}
