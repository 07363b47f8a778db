import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  trajectoryAt,
  type Sampling,
} from '../../../../src/learning/distillation/trajectories/sampling.ts';

const shards = [3, 2, 4];

/** Gives the trajectories that iterations follow, each as its file and its place in the file. */
function followed(
  sampling: Sampling,
  {from = 0, to}: {from?: number; to: number},
  seed = 1,
): {file: number; place: number}[] {
  return Array.from({length: to - from}, (_, i) => {
    let place = trajectoryAt(sampling, {shards, seed, iteration: from + i});
    let file = 0;
    while (place >= shards[file]!) place -= shards[file++]!;
    return {file, place};
  });
}

const names = (followed: readonly {file: number; place: number}[]): string[] =>
  followed.map(({file, place}) => `${file}.${place}`);

/** Gives the files in order, each once for a sequence of iterations on it. */
const runs = (all: readonly {file: number}[]): number[] =>
  all.map(({file}) => file).filter((file, i, files) => i === 0 || file !== files[i - 1]);

test('shuffled: in each pass every trajectory comes once, file by file', () => {
  for (let pass = 0; pass < 5; pass++) {
    const once = followed({kind: 'shuffled'}, {from: 9 * pass, to: 9 * (pass + 1)});
    assert.equal(new Set(names(once)).size, 9);
    assert.equal(runs(once).length, 3);
  }
});

test('shuffled: files and the trajectories in them come in another order each pass', () => {
  const passes = Array.from({length: 8}, (_, pass) =>
    followed({kind: 'shuffled'}, {from: 9 * pass, to: 9 * (pass + 1)}),
  );
  assert.ok(new Set(passes.map((pass) => runs(pass).join())).size > 1);
  const lastFile = passes.map((pass) => names(pass.filter(({file}) => file === 2)).join());
  assert.ok(new Set(lastFile).size > 1);
});

test('maxFiles keeps the same files for good, maxExperts the first of each', () => {
  const all = followed({kind: 'shuffled', maxFiles: 2, maxExperts: 2}, {to: 40});
  assert.equal(new Set(all.map(({file}) => file)).size, 2);
  assert.deepEqual(
    [0, 1, 2].filter((place) => all.some((one) => one.place === place)),
    [0, 1],
  );
  // Each file has two trajectories, so a pass has four.
  for (let pass = 0; pass < 10; pass++) {
    assert.equal(new Set(names(all.slice(4 * pass, 4 * pass + 4))).size, 4);
  }
  const kept = new Set(
    Array.from({length: 20}, (_, seed) =>
      followed({kind: 'shuffled', maxFiles: 1}, {to: 1}, seed)
        .map(({file}) => file)
        .join(),
    ),
  );
  assert.deepEqual([...kept].sort(), ['0', '1', '2']);
});

test('one file, one expert: always that one', () => {
  const all = followed({kind: 'shuffled', maxFiles: 1, maxExperts: 1}, {to: 10});
  assert.equal(new Set(names(all)).size, 1);
  assert.equal(all[0]!.place, 0);
});

test('with replacement: all trajectories come, some twice before others come at all', () => {
  const all = names(followed({kind: 'with-replacement'}, {to: 200}));
  assert.equal(new Set(all).size, 9);
  assert.ok(new Set(all.slice(0, 9)).size < 9);
});
