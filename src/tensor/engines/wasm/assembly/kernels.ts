/** Every kernel that commands can call, for `dispatch.ts`, which the build writes. */
export {copyBlock, fill, gatherRows, scatterRows} from './arrays';
export {convolveTiles} from './convolve-tiles';
export {elementwise, sumParts} from './elementwise';
export {multiplyMatrices} from './gemm';
export {col2im, im2col} from './im2col';
export {avgPool, avgPoolTranspose, maxPool, maxPoolGather, maxPoolScatter} from './pooling';
export {logSumExp, softmax} from './softmax';
export {affineWarp, affineWarpTranspose} from './warp';
export {transformInput, transformOutput, transformOutputTranspose} from './winograd';
export {transformFilter, transformFilterTranspose} from './winograd-filters';
