/** [n, C, H, W], PyTorch's layout of images. */
export type ChannelsFirst = readonly [number, number, number, number];

/** Images [n, C, H, W] as [n, H, W, C]. */
export function toChannelsLast(
  images: Float32Array,
  [count, channels, height, width]: ChannelsFirst,
): Float32Array {
  return transposed(images, {count, rows: channels, columns: height * width});
}

/** Images [n, H, W, C] as [n, C, H, W]; `shape` is the channels-first shape. */
export function toChannelsFirst(
  images: Float32Array,
  [count, channels, height, width]: ChannelsFirst,
): Float32Array {
  return transposed(images, {count, rows: height * width, columns: channels});
}

/** Transposes each of `count` matrices [rows, columns]. */
function transposed(
  values: Float32Array,
  {count, rows, columns}: {count: number; rows: number; columns: number},
): Float32Array {
  const result = new Float32Array(values.length);
  let from = 0;
  for (let i = 0; i < count; i++) {
    const begin = i * rows * columns;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        result[begin + column * rows + row] = values[from++]!;
      }
    }
  }
  return result;
}
