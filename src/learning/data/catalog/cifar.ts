import type {CatalogEntry} from './entry.ts';

/** Statistics as the official program has them, for CIFAR-100 too (whether intended or not). */
const statistics = {mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201]};

const shape = {height: 32, width: 32, channels: 3};
const counts = {train: 50_000, test: 10_000};
const bases = ['https://www.cs.toronto.edu/~kriz'];

/** Krizhevsky: small photographs of ten classes. */
export const cifar10: CatalogEntry = {
  name: 'cifar10',
  shape,
  classes: [
    'airplane',
    'automobile',
    'bird',
    'cat',
    'deer',
    'dog',
    'frog',
    'horse',
    'ship',
    'truck',
  ],
  counts,
  ...statistics,
  bases,
  files: {
    kind: 'cifar',
    labelBytes: 1,
    archive: {
      name: 'cifar-10-binary.tar.gz',
      digests: [
        'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
        'c32a1d4ab5d03f1284b67883e8d87530',
      ],
      sizeBytes: 170_052_171,
    },
    train: [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`),
    test: ['test_batch.bin'],
  },
};

/** Krizhevsky: the same for a hundred classes, by their fine labels. */
export const cifar100: CatalogEntry = {
  name: 'cifar100',
  shape,
  classes:
    `apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
    castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant
    flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree
    motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate
    poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider
    squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
    wardrobe whale willow_tree wolf woman worm`.split(/\s+/),
  counts,
  ...statistics,
  bases,
  files: {
    kind: 'cifar',
    labelBytes: 2,
    archive: {
      name: 'cifar-100-binary.tar.gz',
      digests: [
        '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
        '03b5dce01913d631647c71ecec9e9cb8',
      ],
      sizeBytes: 168_513_733,
    },
    train: ['train.bin'],
    test: ['test.bin'],
  },
};
