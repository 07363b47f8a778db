import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdir, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {digestOf} from '../../../src/base/digest.ts';
import {lookAtPath} from '../../../src/base/look-at-path.ts';
import type {Instance, InstanceGraph} from '../../../src/pipeline/graph/instance.ts';
import {isAsRead, readsOf} from '../../../src/schedule/repeat/reads.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** A graph of instances of which only these parts are known. */
function graphOf(...parts: readonly Partial<Instance>[]): InstanceGraph {
  const instances = new Map(parts.map((part, index) => [String(index), {type: {}, ...part}]));
  const sources = {pipelines: [], params: [], set: []};
  return {sources, instances} as unknown as InstanceGraph;
}

test('a folder that a stage reads is looked at again', async () => {
  await using temporary = await TemporaryFolder.create();
  const folder = path.join(temporary.path, 'pictures');
  await mkdir(folder);
  await writeFile(path.join(folder, 'one'), 'one');
  const reads = readsOf(graphOf({looks: {[folder]: await lookAtPath(folder)}}))!;
  assert.equal(await isAsRead(reads, {}), true);
  await writeFile(path.join(folder, 'two'), 'two');
  assert.equal(await isAsRead(reads, {}), false);
});

test('files and variables are compared with what they were', async () => {
  await using temporary = await TemporaryFolder.create();
  const file = path.join(temporary.path, 'file');
  await writeFile(file, 'text');
  const reads = readsOf(
    graphOf(
      {file, params: {sha256: digestOf('text')}},
      {environment: {identity: {A: {sha256: digestOf('a')}, B: 'not set'}, values: {A: 'a'}}},
    ),
  )!;
  assert.equal(await isAsRead(reads, {A: 'a'}), true);
  assert.equal(await isAsRead(reads, {A: 'b'}), false);
  assert.equal(await isAsRead(reads, {}), false);
  assert.equal(await isAsRead(reads, {A: 'a', B: ''}), false);
  await writeFile(file, 'Text');
  assert.equal(await isAsRead(reads, {A: 'a'}), false);
  await rm(file);
  assert.equal(await isAsRead(reads, {A: 'a'}), false);
  await mkdir(file);
  assert.equal(await isAsRead(reads, {A: 'a'}), false);
  await rm(file, {recursive: true});
  execFileSync('mkfifo', [file]);
  assert.equal(await isAsRead(reads, {A: 'a'}), false, 'a pipe is not opened');
});

test('a value that one stage gives a variable does not hide that another takes it from the process', async () => {
  const given: Partial<Instance> = {environment: {identity: {A: {value: '1'}}, values: {A: '1'}}};
  const taken: Partial<Instance> = {
    environment: {identity: {A: {sha256: digestOf('a')}}, values: {A: 'a'}},
  };
  for (const graph of [graphOf(given, taken), graphOf(taken, given)]) {
    const reads = readsOf(graph)!;
    assert.equal(await isAsRead(reads, {A: 'a'}), true);
    assert.equal(await isAsRead(reads, {A: '1'}), false);
  }
});

test('plugins, locks and folders of programs cannot be looked at again', () => {
  const parts = [{locked: {}}, {folder: '/somewhere'}] as unknown as readonly Partial<Instance>[];
  for (const part of parts) assert.equal(readsOf(graphOf({}, part)), undefined);
  const graph = graphOf({});
  assert.notEqual(readsOf(graph), undefined);
  assert.equal(readsOf({...graph, sources: {...graph.sources!, hasPlugins: true}}), undefined);
});
