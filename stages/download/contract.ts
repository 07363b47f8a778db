import {defineContract} from '../../src/contract/contract.ts';

export const contract = defineContract({
  type: 'download',
  version: 1,
  summary: 'Gets a data set by name and checks that it is the real one.',
  params: {
    dataset: {enum: ['mnist'], description: 'The data set, by its name in the catalog.'},
    source: {
      type: 'string',
      description:
        "A base URL to take the data set's files from instead of the usual one: npm:package/folder, file:///folder or https://host/folder. Checksums stay the same.",
      optional: true,
    },
  },
  inputs: {},
  outputs: {dataset: {media: 'dataset', summary: 'raw pixels, labels, train and test split'}},
});
