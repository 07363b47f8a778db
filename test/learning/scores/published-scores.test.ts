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

test('the number of trials makes a sample of mean and population deviation; a single one varies unknown', () => {
  const text = `dataset,ipc,model,set,mean,deviation,trials
a,1,m,five,0.4,0.02,5
a,1,m,one,0.4,0,1
a,1,m,many,0.4,,5
`;
  const [five, one, many] = parsePublishedScores(text, 'p.csv');
  assert.equal(five!.sample!.count, 5);
  assert.equal(five!.sample!.mean, 0.4);
  // Five values of this population deviation: Σ(x − mean)² = 5·0.02², over 4.
  assert.ok(Math.abs(five!.sample!.variance - 0.0005) < 1e-15);
  assert.deepEqual([one!.sample, many!.sample], [undefined, undefined]);
});

test('an earlier table’s means over sets are compared as such', () => {
  const text = `dataset,ipc,model,set,mean,deviation,trials,sets,standard_error
a,1,m,three,0.4,0.02,15,3,0.01
a,1,m,one,0.4,0.02,5,1,0.3
`;
  const [three, one] = parsePublishedScores(text, 'p.csv');
  assert.deepEqual(three!.sample, {count: 3, mean: 0.4, variance: 3 * 0.01 ** 2});
  assert.equal(one!.sample!.count, 5);
});

test('rows of one set may state iterations, 0 included, beside one that states none', () => {
  const text = `dataset,ipc,model,set,iteration,mean
a,1,m,s,0,0.1
a,1,m,s,25,0.4
a,1,m,s,,0.5
`;
  assert.deepEqual(
    parsePublishedScores(text, 'p.csv').map(({iteration, mean}) => [iteration, mean]),
    [
      [0, 0.1],
      [25, 0.4],
      [undefined, 0.5],
    ],
  );
});

const mistakes = {
  'percent instead of a fraction': [
    `${header}\na,1,m,s,46.3,,\n`,
    /line 2: mean must be a fraction/,
  ],
  'a word for a number': [`${header}\na,1,m,s,0.5,much,\n`, /line 2: deviation must be a fraction/],
  'a part of a trial': [
    `${header},trials\na,1,m,s,0.5,0.1,,2.5\n`,
    /line 2: trials must be a whole/,
  ],
  'images per class that are none': [`${header}\na,0,m,s,0.5,,\n`, /line 2: ipc must be a whole/],
  'a cell that stands there twice': [
    `${header}\na,1,m,s,0.5,,\na,1,m,s,0.6,,\n`,
    /line 3: the same cell occurs in an earlier line/,
  ],
  'an iteration that stands there twice': [
    `${header},iteration\na,1,m,s,0.5,,,0\na,1,m,s,0.6,,,0\n`,
    /line 3: the same cell occurs in an earlier line/,
  ],
  'a negative iteration': [
    `${header},iteration\na,1,m,s,0.5,,,-1\n`,
    /line 2: iteration must be a whole/,
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
