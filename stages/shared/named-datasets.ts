// Written by scripts/networks.mjs: run `npm run schemas`.

import type {NamedDataset} from './named-dataset.ts';

/** The data sets that have names. */
export const namedDatasets: Readonly<Record<string, NamedDataset>> = {
  mnist: {images: 60000, testImages: 10000, side: 28, channels: 1, classes: 10},
  'fashion-mnist': {images: 60000, testImages: 10000, side: 28, channels: 1, classes: 10},
  cifar10: {images: 50000, testImages: 10000, side: 32, channels: 3, classes: 10},
  cifar100: {images: 50000, testImages: 10000, side: 32, channels: 3, classes: 100},
  svhn: {images: 73257, testImages: 26032, side: 32, channels: 3, classes: 10},
  'svhn-extra': {images: 604388, testImages: 26032, side: 32, channels: 3, classes: 10},
  'tiny-imagenet': {images: 100000, testImages: 10000, side: 64, channels: 3, classes: 200},
  imagenette: {
    images: 12894,
    testImages: 500,
    side: 128,
    channels: 3,
    classes: 10,
    isResized: true,
  },
  imagewoof: {images: 12454, testImages: 500, side: 128, channels: 3, classes: 10, isResized: true},
};

/** The images of ILSVRC 2012: at most these numbers for each class. */
export const imagenet = {
  imagesPerClass: 1300,
  testImagesPerClass: 50,
  side: 128,
  channels: 3,
  classesOfSubset: 10,
};
