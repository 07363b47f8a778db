import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {StageType} from '../../src/contract/registry.ts';
import type {Instance, InstanceGraph, InstanceId} from '../../src/pipeline/graph/instance.ts';
import {Frontier} from '../../src/schedule/frontier.ts';

const type: StageType = {
  contract: {
    type: 'any',
    version: 1,
    summary: '',
    params: {},
    inputs: {},
    outputs: {},
  },
  load: () => Promise.reject(new Error('never loaded')),
};

/** Gives a graph in which every instance depends on the instances listed after it. */
function graphOf(needs: Readonly<Record<string, readonly string[]>>): InstanceGraph {
  const instances = Object.entries(needs).map(([name, upstreams]): Instance => {
    const id = name as InstanceId;
    const refs = upstreams.map((upstream) => ({instance: upstream as InstanceId, output: 'out'}));
    const rest = {stage: name, within: [], axes: {}, params: {}, resources: {}};
    return {id, type, inputs: {parts: refs}, ...rest};
  });
  return {
    name: 'g',
    file: 'g.yaml',
    params: {},
    numerics: 'any',
    media: new Map(),
    instances: new Map(instances.map((node) => [node.id, node])),
  };
}

function takeAll(frontier: Frontier): readonly string[] {
  const taken: string[] = [];
  for (let next = frontier.take(); next !== undefined; next = frontier.take()) taken.push(next.id);
  return taken;
}

test('an instance is ready when everything it needs is done, and not before', () => {
  const frontier = new Frontier(graphOf({a: [], b: [], c: ['a', 'b', 'a'], d: ['c']}));
  assert.deepEqual(takeAll(frontier), ['a', 'b']);
  frontier.complete('a' as InstanceId);
  assert.deepEqual(takeAll(frontier), []);
  frontier.complete('b' as InstanceId);
  assert.deepEqual(takeAll(frontier), ['c']);
});

test('an instance that is reopened holds back dependants that have not begun', () => {
  const frontier = new Frontier(graphOf({a: [], b: ['a'], c: ['a']}));
  takeAll(frontier);
  frontier.complete('a' as InstanceId);
  assert.equal(frontier.take()?.id, 'b');
  // While b reads what a made, it finds the artifact damaged. c must wait as well.
  frontier.reopen('a' as InstanceId);
  frontier.putBack('b' as InstanceId);
  assert.deepEqual(takeAll(frontier), ['a']);
  frontier.complete('a' as InstanceId);
  assert.deepEqual(takeAll(frontier).toSorted(), ['b', 'c']);
});

test('instances that share a list of inputs wait for all of them, also when one has to run again', () => {
  const graph = graphOf({a: [], b: []});
  const refs = ['a', 'b'].map((id) => ({instance: id as InstanceId, output: 'out'}));
  const users = ['c', 'd'].map((name): Instance => {
    const id = name as InstanceId;
    return {...graph.instances.get('a' as InstanceId)!, id, inputs: {all: refs, few: []}};
  });
  const instances = new Map([...graph.instances, ...users.map((user) => [user.id, user] as const)]);
  const frontier = new Frontier({...graph, instances});
  assert.deepEqual(takeAll(frontier), ['a', 'b']);
  frontier.complete('a' as InstanceId);
  assert.deepEqual(takeAll(frontier), []);
  frontier.complete('b' as InstanceId);
  assert.equal(frontier.take()?.id, 'c');
  frontier.reopen('a' as InstanceId);
  frontier.reopen('b' as InstanceId);
  assert.deepEqual(takeAll(frontier), ['a', 'b']);
  frontier.complete('b' as InstanceId);
  assert.deepEqual(takeAll(frontier), []);
  frontier.complete('a' as InstanceId);
  assert.deepEqual(takeAll(frontier), ['d']);
  assert.deepEqual(frontier.upstreams('d' as InstanceId), ['a', 'b']);
});

/** Gives the same graph, in which the named instances run with partial input. */
function withPartial(graph: InstanceGraph, ...names: readonly string[]): InstanceGraph {
  const parts = {media: 'text', summary: '', many: true, partial: true} as const;
  const acceptsPartialInput = {...type, contract: {...type.contract, inputs: {parts}}};
  const instances = [...graph.instances].map(([id, instance]): [InstanceId, Instance] => [
    id,
    names.includes(id) ? {...instance, type: acceptsPartialInput} : instance,
  ]);
  return {...graph, instances: new Map(instances)};
}

test('a stage with partial input waits until every input is done or has failed, and needs at least one', () => {
  const needs = {
    a: [],
    b: [],
    c: ['b'],
    d: ['c'],
    e: ['a', 'd'],
    f: ['d'],
    g: ['f', 'e'],
    h: ['f'],
  };
  const frontier = new Frontier(withPartial(graphOf(needs), 'e', 'f', 'g', 'h'));
  assert.deepEqual(takeAll(frontier), ['a', 'b']);
  frontier.complete('a' as InstanceId);
  assert.deepEqual(takeAll(frontier), []);
  frontier.end('b' as InstanceId);
  // c and d are skipped with b. So are f, whose only input is d, and h, whose only input is f.
  assert.deepEqual(takeAll(frontier), ['e']);
  frontier.complete('e' as InstanceId);
  assert.deepEqual(takeAll(frontier), ['g']);
  assert.deepEqual(
    ['c', 'd', 'f', 'h'].map((id) => frontier.status(id as InstanceId)),
    ['blocked', 'blocked', 'blocked', 'blocked'],
  );
});

test('an input that has to run again holds back the stages with partial input', () => {
  const frontier = new Frontier(withPartial(graphOf({a: [], b: [], c: ['a', 'b']}), 'c'));
  takeAll(frontier);
  frontier.end('b' as InstanceId);
  frontier.complete('a' as InstanceId);
  frontier.reopen('a' as InstanceId);
  assert.deepEqual(takeAll(frontier), ['a']);
  frontier.end('a' as InstanceId);
  assert.deepEqual(takeAll(frontier), []);
});

test('an instance that is put behind another is ready when that has ended in any way', () => {
  for (const end of ['complete', 'end', 'lose'] as const) {
    const frontier = new Frontier(graphOf({a: [], b: ['a'], c: [], d: ['c']}));
    assert.deepEqual(takeAll(frontier), ['a', 'c']);
    if (end !== 'lose') {
      frontier.complete('a' as InstanceId);
      assert.deepEqual(takeAll(frontier), ['b']);
    }
    assert.equal(frontier.isAwaited('b' as InstanceId), true);
    frontier.putBehind('c' as InstanceId, 'b' as InstanceId);
    assert.deepEqual(takeAll(frontier), []);
    if (end === 'lose') frontier.end('a' as InstanceId);
    else frontier[end]('b' as InstanceId);
    assert.equal(frontier.isAwaited('b' as InstanceId), false);
    assert.deepEqual(takeAll(frontier), ['c']);
    frontier.complete('c' as InstanceId);
    assert.deepEqual(takeAll(frontier), ['d']);
  }
});

test('an instance that was put behind another and has not begun waits for it again when it is reopened', () => {
  const frontier = new Frontier(graphOf({a: [], b: []}));
  assert.deepEqual(takeAll(frontier), ['a', 'b']);
  frontier.putBehind('b' as InstanceId, 'a' as InstanceId);
  frontier.complete('a' as InstanceId);
  frontier.reopen('a' as InstanceId);
  assert.deepEqual(takeAll(frontier), ['a']);
  frontier.complete('a' as InstanceId);
  assert.deepEqual(takeAll(frontier), ['b']);
});

test('what waits behind an instance that is done is not ready when its input is lost afterwards', () => {
  const frontier = new Frontier(graphOf({u: [], a: ['u'], x: ['u'], b: ['a'], c: ['x']}));
  const [u, a, x] = ['u', 'a', 'x'] as InstanceId[];
  takeAll(frontier);
  frontier.complete(u!);
  assert.deepEqual(takeAll(frontier), ['a', 'x']);
  frontier.putBehind(x!, a!);
  frontier.complete(a!);
  assert.deepEqual(takeAll(frontier), ['b', 'x']);
  // While x reads what u made, it finds the artifact damaged, and u fails now.
  frontier.reopen(u!);
  frontier.putBack(x!);
  assert.deepEqual(takeAll(frontier), ['u']);
  frontier.end(u!);
  assert.deepEqual(takeAll(frontier), []);
});

test('nothing waits for a reopened instance whose input is lost', () => {
  const frontier = new Frontier(graphOf({u: [], a: ['u'], x: []}));
  const [u, a, x] = ['u', 'a', 'x'] as InstanceId[];
  takeAll(frontier);
  frontier.complete(u!);
  takeAll(frontier);
  frontier.putBehind(x!, a!);
  frontier.complete(a!);
  frontier.reopen(u!);
  assert.deepEqual(takeAll(frontier), ['x', 'u']);
  frontier.end(u!);
  frontier.putBack(x!);
  frontier.reopen(a!);
  assert.equal(frontier.isAwaited(a!), false);
  assert.deepEqual(takeAll(frontier), ['x']);
});

test('an instance that runs may give a result although its input was lost meanwhile', () => {
  const needs = {u: [], a: ['u'], b: ['a'], d: ['u'], p: ['a', 'b']};
  const frontier = new Frontier(withPartial(graphOf(needs), 'p'));
  const [u, a, b, d] = ['u', 'a', 'b', 'd'] as InstanceId[];
  takeAll(frontier);
  frontier.complete(u!);
  takeAll(frontier);
  frontier.complete(a!);
  assert.deepEqual(takeAll(frontier), ['b']);
  // While b runs, d finds what u made damaged, and u fails now.
  frontier.reopen(u!);
  frontier.putBack(d!);
  takeAll(frontier);
  frontier.end(u!);
  assert.equal(frontier.isAwaited(b!), true);
  assert.deepEqual(takeAll(frontier), []);
  frontier.complete(b!);
  assert.deepEqual(takeAll(frontier), ['p']);
});
