/**
 * The fewest pixels of a part of a batch of images: those of 256 images of 32×32, or of 16 images of 128×128. A part has
 * to keep a device busy for much longer than the exchange of a gradient takes.
 */
export const usualPartPixels = 2 ** 18;

/**
 * The number of parts in which a batch of images is computed, if its network lets it be divided. It depends on sizes
 * only, so that results do not depend on the number of devices.
 *
 * @param pixels of an image
 * @param partPixels the fewest pixels of a part
 */
export function partCount(images: number, pixels: number, partPixels = usualPartPixels): number {
  return Math.max(1, Math.min(images, Math.floor((images * pixels) / partPixels)));
}
