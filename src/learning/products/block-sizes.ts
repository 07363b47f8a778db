/** Columns of the right operand that are multiplied while they are in the fastest cache. */
export const columnBlock = 64;

/** Numbers of a row that are added up in a kernel's precision: 256·255² < 2²⁴ is exact in float32. */
export const depthBlock = 256;
