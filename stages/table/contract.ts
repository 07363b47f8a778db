import {defineContract} from '../../src/contract/contract.ts';

export const contract = defineContract({
  type: 'table',
  version: 2,
  summary: 'Makes a table of accuracies: a row for each network, a column for each set.',
  params: {},
  inputs: {
    scores: {media: 'scores', many: true, summary: 'accuracies, in any number of files'},
  },
  outputs: {
    table: {media: 'table', summary: 'one row a cell: mean, standard deviation, trials'},
    markdown: {media: 'markdown', summary: 'the table to read'},
    csv: {media: 'csv', summary: 'one line a cell, at full precision'},
    latex: {media: 'latex', summary: 'the table to print'},
  },
});
