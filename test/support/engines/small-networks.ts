/** Networks of 8 channels, one for each kind of normalisation and pooling, for passes of compilers. */
import type {Architecture} from '../../../src/learning/models/architecture.ts';
import {chain, sequential, type Layer} from '../../../src/learning/models/layer.ts';
import {
  avgPool,
  conv,
  flatten,
  linear,
  maxPool,
  relu,
  sigmoid,
} from '../../../src/learning/models/layers.ts';
import {normalization} from '../../../src/learning/models/normalization.ts';

/** By name. */
export const smallNetworks: Readonly<Record<string, Architecture>> = {
  instance: network([normalization('instance'), relu, avgPool(2)], 2),
  batch: network([normalization('batch'), sigmoid, avgPool(2)], 2),
  shallow: network([normalization('batch'), relu, avgPool(2)], 1),
  layer: network([normalization('layer'), sigmoid, maxPool(2)], 1),
  group: network([normalization('group'), sigmoid, avgPool(2)], 1),
  strided: network([sigmoid, conv(8, 3, {pad: 1, stride: 2, bias: 'added'})], 1),
};

/** Blocks of a convolution and the given layers, and one linear layer. */
function network(layers: readonly Layer[], depth: number): Architecture {
  const block = [conv(8, 3, {pad: 1, bias: 'added'}), ...layers];
  return ({classes}) =>
    chain([
      ['features', sequential(Array.from({length: depth}, () => block).flat())],
      ['flatten', flatten],
      ['classifier', linear(classes)],
    ]);
}
