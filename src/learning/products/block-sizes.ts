/** Columns of the right operand that are multiplied while they are in the fastest cache. */
export const columnBlock = 64;

/** Numbers of a row that are added up in a kernel's precision: 256·255² < 2²⁴ is exact in float32. */
export const depthBlock = 256;

/** At most as many rows are computed at a time as have their sums, with a block of columns, in a core's cache. */
export const mostRows = 128;

/** From one row of sums to the next, in bytes. */
export const sumsStride = 8 * columnBlock;
