import type {Evaluation} from '../../src/contract/offers.ts';
import {protocolNames} from '../shared/protocols.ts';
import {imports} from './imports.ts';

const [, source, classes] = imports.options;

/** The request of `pipeline evaluate`: the set, and how it is judged. */
export const evaluation: Evaluation = {
  name: 'evaluate',
  description:
    'judge a synthetic set by a protocol: a file of this program (.safetensors), files of PyTorch (.pt), a folder of pictures in folders of classes, or a result of a run',
  options: [
    {
      flags: '--protocol <name>',
      description: 'the recipe by which networks are trained on the set',
      choices: protocolNames,
      default: 'mtt',
    },
    {
      flags: '--dataset <name>',
      description:
        'the data set that the set stands for (default: the one that the set was made of)',
    },
    source!,
    classes!,
    {flags: '--zca', description: 'the images of the set are whitened'},
    {flags: '--no-zca', description: 'the images of the set are normalised, not whitened'},
    {
      flags: '--model <names>',
      description: 'the networks to train: a,b',
      default: 'ConvNet',
    },
    {flags: '--trials <n>', description: 'networks to train for each score', isNumber: true},
    {flags: '--epochs <n>', description: 'the number of the last epoch', isNumber: true},
    {
      flags: '--labels <names>',
      description:
        'train with the labels that the set has (own), with the class alone (hard), or with those of --teacher (teacher), or several: own,hard, which is both',
    },
    {
      flags: '--teacher <what>',
      description:
        'the experts that label batches, and random images where the set has soft labels: buffers of a run, a file of this program, or replay_buffer_*.pt or a folder of them',
    },
    {
      flags: '--teacher-epoch <n>',
      description: 'the epoch after which the experts are asked (default: the last)',
      isNumber: true,
    },
    {
      flags: '--teacher-experts <n>',
      description: 'how many experts are asked, the first ones, or all (default: 1)',
    },
    {
      flags: '--teacher-model <name>',
      description: 'the network of experts in .pt files (default: that of --model)',
    },
    {
      flags: '--augmentation <name>',
      description: 'train with the augmentation of the protocol, without any, or both',
      choices: ['with', 'without', 'both'],
    },
    {
      flags: '--controls <names>',
      description: 'judge real images beside it: random (as many), all, or random,all',
    },
    {
      flags: '--learning-rate <rate>',
      description:
        'a number, learned (the step size of the set), or search (the best of five on held-out images)',
    },
    {
      flags: '--held-out <n>',
      description: 'training images to hold out, on which learning rates of controls are searched',
      isNumber: true,
    },
    {
      flags: '--step-size <number>',
      description: 'the learned step size of a set whose files do not contain it',
      isNumber: true,
    },
  ],
  files: 'a file or files of a synthetic set, a folder of pictures, or a result of a run',
  media: 'synthetic',
  title: 'synthetic set',
  fileOptions: [
    {
      option: 'teacher',
      media: 'buffer',
      title: 'buffer',
      namesInFolder: /^replay_buffer_\d+\.pt$/,
      isMany: true,
    },
  ],
  recalls: 'download',
  namesInFolder: /^(images|labels|lr)_best\.pt$/,
  example: 'images_best.pt',
  examples: [
    'pipeline evaluate distilled.safetensors --protocol dd-ranking --controls random,all',
    'pipeline evaluate pictures/ --protocol dc --dataset cifar10 --model ConvNet,VGG11',
  ],
  load: async () => {
    const {evaluationPipeline, evaluationFault} = await import('./evaluation-pipeline.ts');
    return {importedPipeline: evaluationPipeline, findFileFault: evaluationFault};
  },
};
