/** The small classical networks: MLP, LeNet, and AlexNet in its CIFAR form. None has normalisation. */
import type {Architecture, Architectures} from '../architecture.ts';
import {chain, sequential} from '../layer.ts';
import {conv, flatten, linear, maxPool, relu} from '../layers.ts';

const mlp: Architecture = ({classes}) =>
  chain([
    ['flatten', flatten],
    ['fc_1', linear(128)],
    ['relu_1', relu],
    ['fc_2', linear(128)],
    ['relu_2', relu],
    ['fc_3', linear(classes)],
  ]);

const leNet: Architecture = ({channels, classes}) =>
  chain([
    [
      'features',
      sequential([
        // A padding of 2 makes 28×28 digits 32×32.
        conv(6, 5, {pad: channels === 1 ? 2 : 0}),
        relu,
        maxPool(2),
        conv(16, 5),
        relu,
        maxPool(2),
      ]),
    ],
    ['flatten', flatten],
    ['fc_1', linear(120)],
    ['relu_1', relu],
    ['fc_2', linear(84)],
    ['relu_2', relu],
    ['fc_3', linear(classes)],
  ]);

const alexNet: Architecture = ({channels, classes}) =>
  chain([
    [
      'features',
      sequential([
        // A padding of 4 makes 28×28 digits 32×32.
        conv(128, 5, {pad: channels === 1 ? 4 : 2}),
        relu,
        maxPool(2),
        conv(192, 5, {pad: 2}),
        relu,
        maxPool(2),
        conv(256, 3, {pad: 1}),
        relu,
        conv(192, 3, {pad: 1}),
        relu,
        conv(192, 3, {pad: 1}),
        relu,
        maxPool(2),
      ]),
    ],
    ['flatten', flatten],
    ['fc', linear(classes)],
  ]);

export const architectures: Architectures = {MLP: mlp, LeNet: leNet, AlexNet: alexNet};
