import {cifar10, cifar100} from './catalog/cifar.ts';
import type {CatalogEntry, Statistics} from './catalog/entry.ts';
import {imagenetStatistics, imagenetSubsets, imagenette, imagewoof} from './catalog/imagenet.ts';
import {fashionMnist, mnist} from './catalog/mnist.ts';
import {svhn, svhnExtra} from './catalog/svhn.ts';
import {tinyImagenet} from './catalog/tiny-imagenet.ts';

/** The data sets that are known by name and can be downloaded. */
export const catalog: ReadonlyMap<string, CatalogEntry> = new Map(
  [
    mnist,
    fashionMnist,
    cifar10,
    cifar100,
    svhn,
    svhnExtra,
    tinyImagenet,
    imagenette,
    imagewoof,
  ].map((entry) => [entry.name, entry]),
);

/** The published statistics of a data set's pixels, by name; `undefined` if none are known. */
export function publishedStatistics(name: string): Statistics | undefined {
  if (name === 'imagenet' || imagenetSubsets.has(name)) return imagenetStatistics;
  return catalog.get(name);
}
