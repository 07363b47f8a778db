import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {CorruptFile} from '../file-fault.ts';
import {assertSize, type Picture} from './picture-file.ts';

// libwebp, compiled to WebAssembly. The package's own function does not look at the size before it decodes, and keeps a
// decoder that has failed.

/** What of the C library's interface is used; numbers are addresses in its memory. */
interface WebpLibrary {
  readonly memory: WebAssembly.Memory<ArrayBuffer>;
  readonly malloc: (bytes: number) => number;
  readonly free: (address: number) => void;
  readonly WebPDecodeRGBA: (data: number, length: number, width: number, height: number) => number;
}

/**
 * The pixels of a WebP picture, RGB; opacity is dropped.
 * @param file what to call it in an error
 * @throws CorruptFile also for pictures that move
 */
export function decodeWebp(bytes: Uint8Array, file: string): Picture {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let size;
  try {
    size = sizeOf(whole);
  } catch (cause) {
    throw new CorruptFile(file, 'its WebP data is damaged or cut short', {cause});
  }
  assertSize({...size, bitsPerPixel: 32}, file);
  try {
    library ??= instantiate();
    return decode(library, whole, size);
  } catch (cause) {
    // What the library holds after an error is not worth finding out.
    library = undefined;
    const reason = 'its WebP data is damaged or cut short, or is an animation';
    throw new CorruptFile(file, reason, {cause});
  }
}

/** Width and height, from the first chunk (WebP container, RFC 9649, sections 2.5 to 2.7). */
function sizeOf(whole: Buffer): {readonly width: number; readonly height: number} {
  const kind = whole.toString('latin1', 12, 16);
  if (kind === 'VP8X') {
    return {width: 1 + whole.readUIntLE(24, 3), height: 1 + whole.readUIntLE(27, 3)};
  }
  if (kind === 'VP8L') {
    const packed = whole.readUInt32LE(21);
    return {width: 1 + (packed & 0x3fff), height: 1 + ((packed >>> 14) & 0x3fff)};
  }
  if (kind !== 'VP8 ') throw new RangeError('no picture');
  return {width: whole.readUInt16LE(26) & 0x3fff, height: whole.readUInt16LE(28) & 0x3fff};
}

let library: WebpLibrary | undefined;
let module: WebAssembly.Module | undefined;

function decode(
  {memory, malloc, free, WebPDecodeRGBA}: WebpLibrary,
  bytes: Uint8Array,
  expected: {readonly width: number; readonly height: number},
): Picture {
  const input = malloc(bytes.length + 8);
  new Uint8Array(memory.buffer).set(bytes, input + 8);
  const output = WebPDecodeRGBA(input + 8, bytes.length, input, input + 4);
  if (output === 0) throw new Error('no picture');
  const [width = 0, height = 0] = new Uint32Array(memory.buffer, input, 2);
  if (width !== expected.width || height !== expected.height) throw new Error('two sizes');
  const rgba = new Uint8Array(memory.buffer, output, 4 * width * height);
  const pixels = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    for (let c = 0; c < 3; c++) pixels[to++] = rgba[from + c]!;
  }
  free(input);
  free(output);
  return {width, height, pixels};
}

function instantiate(): WebpLibrary {
  if (module === undefined) {
    const {resolve} = createRequire(import.meta.url);
    module = new WebAssembly.Module(readFileSync(resolve('@cwasm/webp/webp.wasm')));
  }
  const failure = (): never => {
    throw new Error('the WebP decoder gave up');
  };
  const {exports} = new WebAssembly.Instance(module, {
    wasi_snapshot_preview1: {fd_close: failure, fd_seek: failure, fd_write: failure},
  });
  return exports as unknown as WebpLibrary;
}
