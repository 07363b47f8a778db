import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setImmediate as turn} from 'node:timers/promises';
import {mapConcurrently} from '../../src/base/map-concurrently.ts';

/** A promise that the test settles. */
interface Gate {
  readonly item: number;
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

/** Maps the numbers below `count`; each call ends when the test settles its gate. */
function working(count: number): {
  readonly begun: Gate[];
  readonly results: Promise<readonly string[]>;
} {
  const begun: Gate[] = [];
  const items = Array.from({length: count}, (_, index) => index);
  const results = mapConcurrently(
    items,
    (item) =>
      new Promise<string>((resolve, reject) => {
        begun.push({item, resolve, reject});
      }),
  );
  results.catch(() => undefined);
  return {begun, results};
}

const itemsOf = (gates: readonly Gate[]): readonly number[] => gates.map(({item}) => item);

test('at most four items are worked on at a time, and the results are in the order of the items', async () => {
  const {begun, results} = working(6);
  await turn();
  assert.deepEqual(itemsOf(begun), [0, 1, 2, 3]);
  begun[3]!.resolve('d');
  await turn();
  assert.deepEqual(itemsOf(begun), [0, 1, 2, 3, 4]);
  begun[1]!.resolve('b');
  await turn();
  for (const [index, letter] of [
    [5, 'f'],
    [4, 'e'],
    [2, 'c'],
    [0, 'a'],
  ] as const) {
    begun[index]!.resolve(letter);
  }
  assert.deepEqual(await results, ['a', 'b', 'c', 'd', 'e', 'f']);
});

test('after a rejection nothing is begun, and what was begun is waited for', async () => {
  const {begun, results} = working(9);
  let isSettled = false;
  const settled = results.then(
    () => undefined,
    (error: unknown) => {
      isSettled = true;
      return error;
    },
  );
  await turn();
  begun[2]!.reject(new Error('first'));
  await turn();
  begun[0]!.reject(new Error('second'));
  await turn();
  assert.equal(isSettled, false);
  for (const {resolve} of begun) resolve('');
  await turn();
  for (const {resolve} of begun) resolve('');
  assert.match(String(await settled), /first/);
  // Besides the first four items, at most the one that waited in the queue began.
  assert.ok(begun.length <= 5, String(begun.length));
});

test('no items give no results', async () => {
  assert.deepEqual(await mapConcurrently([], () => Promise.resolve(1)), []);
});
