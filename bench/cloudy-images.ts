import {hashUnit} from './hash-fill.ts';

const side = 32;
const channels = 3;
/** Sides of the squares of one grey level, which are added up: coarse ones vary more, as in photographs. */
const squares = [32, 16, 8, 4, 2, 1];

/** Images of 32×32×3 bytes whose covariance has eigenvalues spread as widely as those of photographs. */
export function cloudyImages(count: number): Uint8Array {
  const size = side * side * channels;
  const pixels = new Uint8ClampedArray(count * size);
  const perImage = squares.reduce((sum, square) => sum + numbersOf(square), 0);
  const numbers = new Float32Array(perImage);
  for (let image = 0; image < count; image++) {
    for (let i = 0; i < perImage; i++) numbers[i] = 2 * hashUnit(i, image) - 1;
    const levels = new Float32Array(size).fill(120);
    let first = 0;
    for (const square of squares) {
      addSquares(levels, numbers.subarray(first), square);
      first += numbersOf(square);
    }
    pixels.set(levels, image * size);
  }
  return new Uint8Array(pixels.buffer);
}

/** A number for each square, and one for each of its channels. */
function numbersOf(square: number): number {
  return (side / square) ** 2 * (1 + channels);
}

function addSquares(levels: Float32Array, numbers: Float32Array, square: number): void {
  const across = side / square;
  const brightness = 14 * Math.sqrt(square);
  for (let at = 0; at < levels.length; at++) {
    const pixel = Math.floor(at / channels);
    const [y, x] = [Math.floor(pixel / side), pixel % side];
    const index = (Math.floor(y / square) * across + Math.floor(x / square)) * (1 + channels);
    levels[at]! += brightness * (numbers[index]! + 0.3 * numbers[index + 1 + (at % channels)]!);
  }
}
