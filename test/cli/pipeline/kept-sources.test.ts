import assert from 'node:assert/strict';
import {test} from 'node:test';
import {keptSources} from '../../../src/cli/pipeline/kept-sources.ts';
import type {SourceFile} from '../../../src/diagnostics/span.ts';

const file = (name: string, text = name): SourceFile => ({name, text});

/** The paths that are kept of pipeline files, the named one first. */
function placesOf(names: readonly string[]): readonly (string | undefined)[] {
  const pipelines = names.map((name) => file(name));
  const {sources} = keptSources({pipelines, params: [], set: []}, '/home/me/lab');
  return [sources?.path, ...(sources?.others ?? []).map(({path}) => path)];
}

test('paths are relative to the deepest folder that has all pipeline files', () => {
  assert.deepEqual(placesOf(['p.yaml']), ['p.yaml']);
  assert.deepEqual(placesOf(['/data/a/p.yaml']), ['p.yaml']);
  assert.deepEqual(placesOf(['exp/p.yaml', 'exp/q.yaml']), ['p.yaml', 'q.yaml']);
  assert.deepEqual(placesOf(['p.yaml', '../base.yaml', 'sub/s.yaml']), [
    'lab/p.yaml',
    'base.yaml',
    'lab/sub/s.yaml',
  ]);
  assert.deepEqual(placesOf(['p.yaml', '../lab2/q.yaml']), ['lab/p.yaml', 'lab2/q.yaml']);
  assert.deepEqual(placesOf(['p.yaml', '/data/q.yaml', '/r.yaml']), [
    'home/me/lab/p.yaml',
    'data/q.yaml',
    'r.yaml',
  ]);
});

test('texts are kept as long as all of them have at most 200,000 characters', () => {
  const sized = (name: string, size: number): SourceFile => file(name, 'x'.repeat(size));
  const pipelines = [sized('p.yaml', 100_000), sized('q.yaml', 100_001), sized('r.yaml', 99_999)];
  const params = [sized('/tmp/a.yaml', 2), sized('/tmp/b.yaml', 1)];
  const {text, sources} = keptSources({pipelines, params, set: ['n=1']}, '/');
  assert.equal(text?.length, 100_000);
  const sizes = [...sources!.others, ...sources!.params].map((one) => [one.path, one.text?.length]);
  assert.deepEqual(sizes, [
    ['q.yaml', undefined],
    ['r.yaml', 99_999],
    ['/tmp/a.yaml', undefined],
    ['/tmp/b.yaml', 1],
  ]);
  assert.deepEqual(sources!.set, ['n=1']);
  const large = keptSources({pipelines: [sized('p.yaml', 200_001)], params: [], set: []}, '/');
  assert.deepEqual(large, {sources: {path: 'p.yaml', others: [], params: [], set: []}});
});
