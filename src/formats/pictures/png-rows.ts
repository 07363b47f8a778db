/** The layout of a PNG picture's pixels in its data (PNG, third edition, sections 7 to 9). */
export interface PngForm {
  readonly width: number;
  readonly height: number;
  /** Bits per sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** Samples per pixel. */
  readonly samples: number;
  readonly interlaced: boolean;
}

/** Pixels that are transmitted together: a regular grid from a first pixel on, to the right and down. */
interface Pass {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly down: number;
}

/** All pixels in one pass … */
const plain: readonly Pass[] = [{left: 0, top: 0, right: 1, down: 1}];
/** … or in seven passes (Adam7). */
const interlaced: readonly Pass[] = [
  {left: 0, top: 0, right: 8, down: 8},
  {left: 4, top: 0, right: 8, down: 8},
  {left: 0, top: 4, right: 4, down: 8},
  {left: 2, top: 0, right: 4, down: 4},
  {left: 0, top: 2, right: 2, down: 4},
  {left: 1, top: 0, right: 2, down: 2},
  {left: 0, top: 1, right: 1, down: 2},
];

/** Pixels of one row of the picture. */
export interface PngRow {
  /**
   * Their samples, most significant byte first; samples of fewer than eight bits are packed from a byte's upper end.
   */
  readonly bytes: Uint8Array;
  readonly count: number;
  /** The index of the first pixel, counted row by row, and the distance to the next one. */
  readonly first: number;
  readonly step: number;
}

/** The unpacked size of a picture's data in bytes: each row of each pass follows a byte with its filter. */
export function dataBytes(form: PngForm): number {
  return passesOf(form).reduce((sum, {rows, rowBytes}) => sum + rows * (1 + rowBytes), 0);
}

/** The rows of unpacked data, which is overwritten. @throws RangeError for an unknown filter */
export function* rowsOf(data: Uint8Array, form: PngForm): Generator<PngRow> {
  const pixelBytes = Math.max(1, (form.samples * form.depth) / 8);
  let at = 0;
  for (const {left, top, right, down, count, rows, rowBytes} of passesOf(form)) {
    let above: Uint8Array = new Uint8Array(rowBytes);
    for (let y = 0; y < rows; y++) {
      const filter = data[at++]!;
      const bytes = data.subarray(at, at + rowBytes);
      undoFilter(filter, {bytes, above, pixelBytes});
      yield {bytes, count, first: (top + y * down) * form.width + left, step: right};
      above = bytes;
      at += rowBytes;
    }
  }
}

function passesOf(
  form: PngForm,
): readonly (Pass & {readonly count: number; readonly rows: number; readonly rowBytes: number})[] {
  const passes = form.interlaced ? interlaced : plain;
  return passes.flatMap((pass) => {
    const count = Math.ceil((form.width - pass.left) / pass.right);
    const rows = Math.ceil((form.height - pass.top) / pass.down);
    const rowBytes = Math.ceil((count * form.samples * form.depth) / 8);
    return count > 0 && rows > 0 ? [{...pass, count, rows, rowBytes}] : [];
  });
}

interface FilteredRow {
  readonly bytes: Uint8Array;
  readonly above: Uint8Array;
  readonly pixelBytes: number;
}

/** Undoes a filter, which stored each byte as its difference from a prediction by its neighbours. */
function undoFilter(filter: number, row: FilteredRow): void {
  const {bytes, above, pixelBytes} = row;
  const {length} = bytes;
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let i = pixelBytes; i < length; i++) bytes[i]! += bytes[i - pixelBytes]!;
      return;
    case 2:
      for (let i = 0; i < length; i++) bytes[i]! += above[i]!;
      return;
    case 3:
      for (let i = 0; i < length; i++) {
        const left = i < pixelBytes ? 0 : bytes[i - pixelBytes]!;
        bytes[i]! += (left + above[i]!) >> 1;
      }
      return;
    case 4:
      undoPaeth(row);
      return;
  }
  throw new RangeError(`there is no filter ${filter}`);
}

/** Paeth: the prediction is the neighbour nearest to left + above − upper left; ties go to the first. */
function undoPaeth({bytes, above, pixelBytes}: FilteredRow): void {
  for (let i = 0; i < bytes.length; i++) {
    const isFirst = i < pixelBytes;
    const a = isFirst ? 0 : bytes[i - pixelBytes]!;
    const b = above[i]!;
    const c = isFirst ? 0 : above[i - pixelBytes]!;
    const [toA, toB, toC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
    bytes[i]! += toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
  }
}
