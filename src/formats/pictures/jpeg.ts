import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {CorruptFile} from '../file-fault.ts';
import {assertSize, type Picture} from './picture-file.ts';

// libjpeg-turbo, compiled to WebAssembly: its pixels equal those of Python's Pillow to the last bit. We call the C
// functions, since the package's own function makes a new decoder for each picture and gives four channels.

/** The functions of the C library that are used; numbers are addresses in its memory. */
interface Turbo {
  readonly memory: WebAssembly.Memory<ArrayBuffer>;
  malloc(bytes: number): number;
  free(address: number): void;
  tjInitDecompress(): number;
  tjDecompressHeader3(...args: readonly number[]): number;
  tjDecompress2(...args: readonly number[]): number;
}

/** The library's numbers of colour spaces and pixel formats. */
const colourSpace = {cmyk: 3, ycck: 4} as const;
const pixelFormat = {rgb: 0, cmyk: 11} as const;

/**
 * The pixels of a JPEG picture, RGB. Grey pictures are repeated in the three channels.
 * @param file its name in errors
 * @throws CorruptFile, even if only the end is damaged, which other decoders fill with grey
 */
export function decodeJpeg(bytes: Uint8Array, file: string): Picture {
  if (scansOf(bytes) > maxScans) {
    throw new CorruptFile(file, `refused: a picture in more than ${maxScans} scans`);
  }
  decoder ??= new Decoder();
  try {
    return decoder.decode(bytes, file);
  } catch (cause) {
    // The library's state after an error is unknown, so the decoder is discarded.
    decoder = undefined;
    if (cause instanceof CorruptFile) throw cause;
    throw new CorruptFile(file, 'its JPEG data is damaged or cut short', {cause});
  }
}

/**
 * Limit of scans, each of which covers the whole picture: libjpeg-turbo's own limit (TJFLAG_LIMITSCANS), which this
 * version lacks.
 */
const maxScans = 500;

/** Markers without a length: stuffing, TEM, RST0 … RST7 and SOI (T.81, table B.1). */
const isAlone = (marker: number): boolean => marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);
const [endOfImage, startOfScan] = [0xd9, 0xda];

/** The number of scans. Scans inside segments, such as those of a thumbnail, do not count. */
function scansOf(bytes: Uint8Array): number {
  let scans = 0;
  for (let at = bytes.indexOf(0xff); at !== -1 && at + 3 < bytes.length;) {
    const marker = bytes[at + 1]!;
    if (marker === endOfImage) break;
    if (marker === startOfScan) scans++;
    if (marker === 0xff) at += 1;
    else at += isAlone(marker) ? 2 : 2 + Math.max(2, (bytes[at + 2]! << 8) | bytes[at + 3]!);
    at = bytes.indexOf(0xff, at);
  }
  return scans;
}

let decoder: Decoder | undefined;
let module: WebAssembly.Module | undefined;

class Decoder {
  readonly #turbo = instantiate();
  readonly #handle = this.#turbo.tjInitDecompress();
  /** Width, height, subsampling, colour space: 32 bits each. */
  readonly #header = this.#turbo.malloc(16);
  readonly #input = new Scratch(this.#turbo);
  readonly #output = new Scratch(this.#turbo);

  decode(bytes: Uint8Array, file: string): Picture {
    const {memory} = this.#turbo;
    const input = this.#input.address(bytes.length);
    new Uint8Array(memory.buffer).set(bytes, input);
    const {width, height, isCmyk} = this.#readHeader(input, bytes.length);
    const samples = isCmyk ? 4 : 3;
    assertSize({width, height, bitsPerPixel: 8 * samples}, file);
    const length = width * height * samples;
    const output = this.#output.address(length);
    const format = isCmyk ? pixelFormat.cmyk : pixelFormat.rgb;
    const target = [output, width, samples * width, height, format, 0] as const;
    if (this.#turbo.tjDecompress2(this.#handle, input, bytes.length, ...target) !== 0) {
      throw new CorruptFile(file, 'its JPEG data is damaged or cut short');
    }
    const pixels = new Uint8Array(memory.buffer, output, length);
    return {width, height, pixels: isCmyk ? rgbOfCmyk(pixels) : pixels.slice()};
  }

  #readHeader(input: number, length: number): {width: number; height: number; isCmyk: boolean} {
    const {memory} = this.#turbo;
    const places = [0, 4, 8, 12].map((offset) => this.#header + offset);
    if (this.#turbo.tjDecompressHeader3(this.#handle, input, length, ...places) !== 0) {
      throw new Error('no JPEG header');
    }
    const [width = 0, height = 0, , space] = new Int32Array(memory.buffer, this.#header, 4);
    return {width, height, isCmyk: space === colourSpace.cmyk || space === colourSpace.ycck};
  }
}

/** A piece of the library's memory that grows on demand. */
class Scratch {
  readonly #turbo: Turbo;
  #address = 0;
  #length = 0;

  constructor(turbo: Turbo) {
    this.#turbo = turbo;
  }

  address(length: number): number {
    if (length > this.#length) {
      this.#turbo.free(this.#address);
      this.#address = this.#turbo.malloc(length);
      this.#length = length;
    }
    return this.#address;
  }
}

/** Converts inks, which are stored inverted, as Adobe's programs write them and Pillow assumes for all files. */
function rgbOfCmyk(inks: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((inks.length / 4) * 3);
  for (let from = 0, to = 0; from < inks.length; from += 4) {
    const black = inks[from + 3]!;
    for (let c = 0; c < 3; c++) {
      pixels[to++] = black - Math.round(((255 - inks[from + c]!) * black) / 255);
    }
  }
  return pixels;
}

function instantiate(): Turbo {
  if (module === undefined) {
    const {resolve} = createRequire(import.meta.url);
    module = new WebAssembly.Module(readFileSync(resolve('@cwasm/jpeg-turbo/jpeg-turbo.wasm')));
  }
  const nothing = (): number => 0;
  const failure = (): never => {
    throw new Error('the JPEG decoder gave up');
  };
  const {exports} = new WebAssembly.Instance(module, {
    // The library leaves an error by a jump, which becomes an exception here.
    env: {setjmp: nothing, longjmp: failure},
    wasi_snapshot_preview1: {
      environ_sizes_get: nothing,
      environ_get: nothing,
      proc_exit: failure,
      fd_close: nothing,
      fd_seek: nothing,
      fd_write: nothing,
    },
  });
  return exports as unknown as Turbo;
}
