/** The stored precision of parameters: float32, half precision, or bfloat16. */
export const precisions = ['F32', 'F16', 'BF16'] as const;
export type Precision = (typeof precisions)[number];
