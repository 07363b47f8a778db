import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {digestOf, type Digest} from '../../../src/base/digest.ts';
import {graceMs, planGc, type Needs} from '../../../src/store/upkeep/gc-plan.ts';
import type {
  Inventory,
  StoredBlob,
  StoredResult,
  StoredRun,
} from '../../../src/store/upkeep/inventory.ts';
import type {Key} from '../../../src/store/records/record.ts';

const digestAt = (index: number): Digest => digestOf(`artifact ${index}`);
const keyAt = (index: number): Key => String(digestOf(`key ${index}`)) as Key;

const nowMs = 1e12;
const day = 86_400_000;

interface Case {
  readonly inventory: Inventory;
  readonly needs: Needs;
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}

const sizeOf = (index: number): number => (index * 37) % 11;

/**
 * Random stores with a few artifacts that results share, with runs that link to some of them, and with needs of every
 * kind.
 */
const cases: fc.Arbitrary<Case> = fc
  .record({
    results: fc.array(
      fc.record({
        age: fc.integer({min: -5, max: 60}),
        artifacts: fc.uniqueArray(fc.nat(9), {maxLength: 4}),
      }),
      {maxLength: 12},
    ),
    blobs: fc.uniqueArray(fc.nat(9)),
    blobAges: fc.array(fc.integer({min: -1, max: 60}), {minLength: 10, maxLength: 10}),
    extraLinks: fc.uniqueArray(fc.nat(9), {maxLength: 2}),
    runs: fc.array(
      fc.record({
        age: fc.integer({min: 0, max: 60}),
        links: fc.uniqueArray(fc.nat(9), {maxLength: 3}),
      }),
      {maxLength: 3},
    ),
    neededKeys: fc.uniqueArray(fc.nat(11), {maxLength: 4}),
    neededDigests: fc.uniqueArray(fc.nat(9), {maxLength: 2}),
    neededRuns: fc.uniqueArray(fc.nat(2), {maxLength: 2}),
    maxAge: fc.integer({min: 0, max: 60}),
    maxBytes: fc.integer({min: 0, max: 40}),
  })
  .map((drawn) => {
    const present = new Set(drawn.blobs);
    const linksTo = (index: number): number =>
      drawn.runs.filter(({links}) => links.includes(index)).length +
      (drawn.extraLinks.includes(index) ? 1 : 0);
    const blobs = drawn.blobs.map((index): StoredBlob => {
      const changedMs = nowMs - drawn.blobAges[index]! * graceMs;
      return {
        digest: digestAt(index),
        sizeBytes: sizeOf(index),
        changedMs,
        inode: index,
        links: 1 + linksTo(index),
      };
    });
    const results = drawn.results.map(({age, artifacts}, index): StoredResult => ({
      key: keyAt(index),
      type: 'say',
      usedMs: nowMs - age * day,
      artifacts: artifacts.map((at) => ({digest: digestAt(at), sizeBytes: sizeOf(at)})),
    }));
    const runs = drawn.runs.map(({age, links}, index): StoredRun => ({
      run: `run ${index}`,
      sizeBytes: 1,
      changedMs: nowMs - age * day,
      hasResults: index % 2 === 0,
      links: links
        .filter((at) => present.has(at))
        .map((at) => ({path: `runs/${index}/${at}`, inode: at})),
    }));
    return {
      inventory: {
        results,
        blobs: new Map(blobs.map((blob) => [blob.digest, blob])),
        runs,
        fingerprints: results.map(({key, usedMs}) => ({
          name: key,
          path: key,
          sizeBytes: 1,
          changedMs: usedMs,
        })),
        checkpoints: [],
        quarantined: [],
      },
      needs: {
        keys: new Map(
          drawn.neededKeys.map((at) => [keyAt(at), {kind: 'live', run: 'run 0'} as const]),
        ),
        digests: new Map(
          drawn.neededDigests.map((at) => [
            digestAt(at),
            {kind: 'computing', attempt: 'a'} as const,
          ]),
        ),
        runs: new Map(
          drawn.neededRuns.map((at) => [`run ${at}`, {kind: 'pinned', run: `run ${at}`} as const]),
        ),
      },
      maxAgeMs: drawn.maxAge * day,
      maxBytes: drawn.maxBytes,
    };
  });

/** Gives the results and blobs that remain after a plan was carried out. */
function after(
  {inventory}: Case,
  plan: ReturnType<typeof planGc>,
): {results: readonly StoredResult[]; blobs: readonly StoredBlob[]} {
  const doomedResults = new Set(plan.results.map(({result}) => result));
  const doomedBlobs = new Set(plan.blobs.map(({blob}) => blob.digest));
  return {
    results: inventory.results.filter((result) => !doomedResults.has(result)),
    blobs: [...inventory.blobs.values()].filter(({digest}) => !doomedBlobs.has(digest)),
  };
}

const bytes = (blobs: readonly StoredBlob[]): number =>
  blobs.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0);

function planOf(given: Case): ReturnType<typeof planGc> {
  const {inventory, needs, maxAgeMs, maxBytes} = given;
  return planGc(inventory, needs, {nowMs, maxAgeMs, maxBytes, withResults: true});
}

test('kept results keep all their artifacts, and needed ones stay', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const plan = planOf(given);
      const left = after(given, plan);
      const doomed = new Set(plan.blobs.map(({blob}) => blob.digest));
      for (const {artifacts} of left.results) {
        for (const {digest} of artifacts) assert.ok(!doomed.has(digest));
      }
      for (const {result} of plan.results) {
        assert.ok(!given.needs.keys.has(result.key));
        assert.ok(!result.artifacts.some(({digest}) => given.needs.digests.has(digest)));
      }
      for (const {blob} of plan.blobs) assert.ok(!given.needs.digests.has(blob.digest));
      for (const {run} of plan.runs) assert.ok(!given.needs.runs.has(run));
      for (const {name} of plan.fingerprints) {
        assert.ok(!left.results.some(({key}) => key === name));
      }
    }),
  );
});

test('an artifact is removed only if all its names are, so a user who links to it keeps it', () => {
  fc.assert(
    fc.property(cases, (given) => {
      for (const {blob, links} of planOf(given).blobs) assert.equal(links.length, blob.links - 1);
    }),
  );
});

test('the store is below the bound, or no remaining result could be removed', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const plan = planOf(given);
      const left = after(given, plan);
      assert.equal(plan.kept.bytes, bytes(left.blobs));
      assert.equal(plan.kept.results, left.results.length);
      if (plan.kept.bytes <= given.maxBytes) return;
      const needed = new Set([
        ...given.needs.digests.keys(),
        ...left.results
          .filter(
            ({key, artifacts}) =>
              given.needs.keys.has(key) ||
              artifacts.some(({digest}) => given.needs.digests.has(digest)),
          )
          .flatMap(({artifacts}) => artifacts.map(({digest}) => digest)),
      ]);
      const removable = new Map(
        given.inventory.runs
          .filter(({run}) => !given.needs.runs.has(run))
          .flatMap(({links, run}) => links.map(({inode}) => [`${run} ${inode}`, inode])),
      );
      for (const {digest, links, inode, changedMs} of left.blobs) {
        const known = [...removable.values()].filter((at) => at === inode).length;
        const young =
          nowMs - changedMs <= graceMs &&
          !left.results.some(({artifacts}) =>
            artifacts.some((artifact) => artifact.digest === digest),
          );
        assert.ok(needed.has(digest) || links > 1 + known || young, 'an artifact could have gone');
      }
    }),
  );
});

test('results that are too old are removed whatever the size; for the size, the least recently used are removed', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const plan = planOf(given);
      const {results} = after(given, plan);
      const spared = new Set(plan.spared.map(({result}) => result));
      for (const result of results) {
        if (!spared.has(result)) assert.ok(nowMs - result.usedMs <= given.maxAgeMs);
      }
      for (const {result, why} of plan.results) {
        assert.equal(why, nowMs - result.usedMs > given.maxAgeMs ? 'age' : 'size');
      }
      const ages = plan.results.filter(({why}) => why === 'size').map(({result}) => result.usedMs);
      assert.deepEqual(
        ages,
        [...ages].sort((a, b) => a - b),
      );
      const freed = plan.results.reduce(
        (sum, {freedBytes}) => sum + freedBytes,
        plan.unnamed.bytes,
      );
      assert.equal(freed, bytes(plan.blobs.map(({blob}) => blob)));
    }),
  );
});
