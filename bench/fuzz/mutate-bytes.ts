import type {Container} from '../../src/contract/media.ts';
import type {Random} from '../../src/learning/random.ts';
import {mutateJson} from './mutate-json.ts';

/** Damages a file's bytes in a way that suits its framing. The result always differs. */
export function mutateBytes(random: Random, bytes: Buffer, container: Container): Buffer {
  for (;;) {
    const mutant = mutate(random, bytes, container);
    if (!mutant.equals(bytes)) return mutant;
  }
}

function mutate(random: Random, bytes: Buffer, container: Container): Buffer {
  const ways = random.integer(10);
  if (ways === 0) return bytes.subarray(0, random.integer(bytes.length + 1));
  if (ways === 1)
    return Buffer.concat([bytes, Buffer.alloc(1 + random.integer(64), random.integer(256))]);
  if (ways < 4) return flipped(random, bytes, bytes.length);
  switch (container) {
    case 'safetensors':
      return editedHeader(random, bytes);
    case 'arrow':
      return editedArrow(random, bytes);
    case 'text':
      return editedText(random, bytes);
    case 'png':
    case 'bytes':
      return flipped(random, bytes, 64);
  }
}

/** Flips some of a file's first bits. */
function flipped(random: Random, bytes: Buffer, length: number): Buffer {
  const mutant = Buffer.from(bytes);
  if (mutant.length === 0) return Buffer.from('x');
  for (let left = 1 + random.integer(8); left > 0; left--) {
    mutant[random.integer(Math.min(mutant.length, length))]! ^= 1 << random.integer(8);
  }
  return mutant;
}

/** Values for a header: valid ones from other places, and impossible sizes. */
const headerValues: readonly string[] = String.raw`
  "F64" "F32" "I32" "I64" "U8" "BF16" "F8_E4M3" "BOOL" [1] [0] [-1] [4294967295,4294967295] [1e15] [0,8] [8,0] [-8,8]
  [0,1e15] [[1],2] {"dtype":"F32","shape":[],"data_offsets":[0,4]} "[1,2" "\u001b[2J\u202e" "tiny"
  "9999999999999999999999999999999999999999"
`
  .trim()
  .split(/\s+/);

/** Edits the header of a safetensors file; its length usually stays right. */
function editedHeader(random: Random, bytes: Buffer): Buffer {
  const length = Number(bytes.readBigUInt64LE());
  let header = bytes.toString('utf8', 8, 8 + length);
  for (let left = 1 + random.integer(2); left > 0; left--) {
    try {
      header = mutateJson(random, header, headerValues);
    } catch {
      // The result is no longer JSON.
    }
  }
  const text = Buffer.from(header);
  const start = Buffer.alloc(8);
  const lies = [0n, 2n ** 63n, 2n ** 64n - 1n, BigInt(text.length + 8), BigInt(bytes.length)];
  const said = random.integer(8) === 0 ? lies[random.integer(lies.length)]! : BigInt(text.length);
  start.writeBigUInt64LE(said);
  return Buffer.concat([start, text, bytes.subarray(8 + length)]);
}

/** Edits numbers of an Arrow file's footer or messages, or names and metadata in them. */
function editedArrow(random: Random, bytes: Buffer): Buffer {
  const mutant = Buffer.from(bytes);
  const footer = mutant.readInt32LE(mutant.length - 10);
  const [from, length] =
    random.integer(2) === 0
      ? [mutant.length - 10 - footer, footer + 10]
      : [8, Math.min(2000, mutant.length - 8)];
  const numbers = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 24, 8, 7];
  for (let left = 1 + random.integer(3); left > 0; left--) {
    const at = Math.min(mutant.length - 8, from + 4 * random.integer(Math.ceil(length / 4)));
    switch (random.integer(4)) {
      case 0:
        mutant.writeInt32LE(numbers[random.integer(numbers.length)]!, at);
        break;
      case 1:
        mutant.writeInt32LE((mutant.readInt32LE(at) + random.integer(17) - 8) | 0, at);
        break;
      case 2:
        mutant.writeBigUInt64LE(BigInt(random.bits()) << BigInt(random.integer(32)), at);
        break;
      default:
        mutant.copyWithin(at, from, from + 4 + random.integer(32));
    }
  }
  return mutant;
}

const pieces: readonly string[] = [
  ...'[ { " \\ , =1+1 &amp; <script> [a](javascript:1) | ` <!ENTITY> ${params.x}'.split(' '),
  ...Array.from('\r\u0000\ufeff\u202e'),
  '\u001b[2J\u001b]0;x\u0007',
  '['.repeat(200_000),
  '\n'.repeat(10_000),
  'é'.repeat(50_000),
];

function editedText(random: Random, bytes: Buffer): Buffer {
  if (random.integer(4) === 0) {
    try {
      return Buffer.from(mutateJson(random, bytes.toString()));
    } catch {
      // It is not JSON.
    }
  }
  const at = random.integer(bytes.length + 1);
  const piece = Buffer.from(pieces[random.integer(pieces.length)]!);
  const invalid = random.integer(6) === 0 ? Buffer.of(0xff, 0xc0) : Buffer.of();
  return Buffer.concat([bytes.subarray(0, at), piece, invalid, bytes.subarray(at)]);
}
