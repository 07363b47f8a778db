import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {repositoryFile} from '../support/texts/repository.ts';
import {checkScores, type ScoresCase} from './scores.ts';

const file = repositoryFile('test/fixtures/reference/scores.json');
const {cases} = JSON.parse(await readFile(file, 'utf8')) as {cases: readonly ScoresCase[]};

for (const [i, reference] of cases.entries()) {
  test(`scores.json ${i}: ${reference.kind} agrees with the reference`, async () => {
    const found = await checkScores(undefined, reference);
    assert.ok(found.length >= 4);
    for (const {what, error, tolerance} of found) {
      assert.ok(error <= tolerance, `${what} is off by ${error}, allowed ${tolerance}`);
    }
  });
}
