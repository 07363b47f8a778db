/** The compiled kernels in base64: written by `scripts/kernels.mjs`. Made from `assembly`. */
export const plain: string;
/** The same with fused multiply-add, which not every version of V8 accepts. */
export const fused: string;
