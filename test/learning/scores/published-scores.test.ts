import assert from 'node:assert/strict';
import {test} from 'node:test';
import {CorruptFile} from '../../../src/formats/file-fault.ts';
import {parsePublishedScores} from '../../../src/learning/scores/published-scores.ts';

const header = 'dataset,ipc,model,set,mean,deviation,source';

test('published scores are CSV with quotes, comments and columns in any order', () => {
  const text = `# what others have measured
set,dataset,ipc,model,mean,deviation,source,ours
distilled,cifar10,1,ConvNetD3,0.463,0.008,"A, table #1",x
random,cifar10,1,ConvNetD3,0.144,,,
`;
  const of = {dataset: 'cifar10', ipc: 1, model: 'ConvNetD3'};
  assert.deepEqual(parsePublishedScores(text, 'p.csv'), [
    {...of, set: 'distilled', mean: 0.463, deviation: 0.008, source: 'A, table #1'},
    {...of, set: 'random', mean: 0.144, source: ''},
  ]);
});

test('the CSV of an earlier table will do: what is missing there is left out', () => {
  const text =
    'model,set,dataset,ipc,mean,deviation,trials\nMLP,x,mnist,1,,,0\nMLP,y,mnist,1,1,0,3\n';
  assert.deepEqual(
    parsePublishedScores(text, 'p.csv').map(({set}) => set),
    ['y'],
  );
});

const mistakes = {
  'percent instead of a fraction': [
    `${header}\na,1,m,s,46.3,,\n`,
    /line 2: mean must be a fraction/,
  ],
  'a word for a number': [`${header}\na,1,m,s,0.5,much,\n`, /line 2: deviation must be a fraction/],
  'images per class that are none': [`${header}\na,0,m,s,0.5,,\n`, /line 2: ipc must be a whole/],
  'a cell that stands there twice': [
    `${header}\na,1,m,s,0.5,,\na,1,m,s,0.6,,\n`,
    /line 3: the same cell occurs in an earlier line/,
  ],
  'a column that is not there': ['dataset,ipc\na,1\n', /line 2: there must be a column model/],
  'a line that is too short': [`${header}\na,1\n`, /not a CSV file/],
} as const;

for (const [name, [text, message]] of Object.entries(mistakes)) {
  test(`${name} is refused by its line`, () => {
    assert.throws(
      () => parsePublishedScores(text, 'p.csv'),
      (error) => error instanceof CorruptFile && message.test(error.message),
    );
  });
}
