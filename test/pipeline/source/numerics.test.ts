import assert from 'node:assert/strict';
import {test} from 'node:test';
import {engines} from '../../../src/tensor/engines/engines.ts';
import {formatDiagnostics} from '../../../src/diagnostics/format-diagnostics.ts';
import type {InstanceGraph} from '../../../src/pipeline/graph/instance.ts';
import {pinEngine} from '../../../src/pipeline/graph/pin-engine.ts';
import {graphOf, loadTexts, outputOf} from '../../support/texts/load-text.ts';
import {testRegistry} from '../../support/registries/test-registry.ts';

const stages = 'stages: {data: {uses: make}}\n';

/** Loads a pipeline whose only stage uses another pipeline. */
async function nested(outer: string, inner: string, set: readonly string[] = []) {
  const used = `params: {n: any}\n${inner}\n${stages}`;
  const user = `${outer}\nstages: {cell: {uses: ./cell.yaml, with: {n: engine}}}\n`;
  return await loadTexts({'p.yaml': user, 'cell.yaml': used}, set);
}

test('a pipeline without `numerics` has `any`, and a parameter may give the value', async () => {
  assert.equal((await graphOf(stages)).numerics, 'any');
  assert.equal((await graphOf(`numerics: bitwise\n${stages}`)).numerics, 'bitwise');
  const byParam = `params: {n: engine}\nnumerics: "\${params.n}"\n${stages}`;
  assert.equal((await graphOf(byParam)).numerics, 'engine');
  assert.equal((await graphOf(byParam, ['n=bitwise'])).numerics, 'bitwise');
});

test('the outermost pipeline decides the numerics, and a nested one cannot require more', async () => {
  const numericsOf = async (outer: string, inner: string): Promise<string> => {
    const loaded = await nested(outer, inner);
    return loaded.kind === 'ok' ? loaded.graph.numerics : outputOf(loaded);
  };
  const said = 'numerics: "${params.n}"';
  assert.equal(await numericsOf('numerics: bitwise', said), 'bitwise');
  assert.equal(await numericsOf('numerics: engine', said), 'engine');
  assert.match(await numericsOf('', said), /^cell\.yaml:2:11 error unmet-numerics: /);
  assert.match(await numericsOf('', 'numerics: engine'), / error unmet-numerics: /);
  assert.match(await numericsOf('numerics: engine', 'numerics: bitwise'), / error unmet-numerics/);
});

/** Gives a graph of three instances. Two of them, one of which is nested, run tensor programs. */
async function graphWith(numerics: string): Promise<InstanceGraph> {
  const net = 'net: {uses: train, with: {model: VGG11}, inputs: {dataset: data.dataset}}';
  const loaded = await loadTexts({
    'p.yaml': `numerics: ${numerics}\nstages: {data: {uses: make}, ${net}, cell: {uses: ./c.yaml}}\n`,
    'c.yaml': `stages: {data: {uses: make}, ${net}}\n`,
  });
  assert.equal(loaded.kind, 'ok', outputOf(loaded));
  return loaded.graph;
}

test('only instances that run tensor programs are bound to an engine, also in nested pipelines', async () => {
  assert.equal(testRegistry.get('train')?.contract.engine, true);
  const pinned = async (numerics: string, requested: string): Promise<unknown> => {
    const result = pinEngine(await graphWith(numerics), requested, engines);
    if (result.kind === 'invalid') return formatDiagnostics(result.diagnostics);
    return Object.fromEntries(
      [...result.graph.instances].flatMap(([id, {engine}]) => (engine ? [[id, engine]] : [])),
    );
  };
  const both = (engine: object) => ({net: engine, 'cell/net': engine});
  assert.deepEqual(await pinned('any', 'wasm-precise'), {});
  const wasm = {name: 'wasm', numerics: 'engine', tile: 4, fused: true};
  assert.deepEqual(await pinned('engine', 'auto'), both(wasm));
  assert.deepEqual(await pinned('engine', 'wasm'), both(wasm));
  const precise = {name: 'wasm-precise', numerics: 'engine', tile: 2, fused: false};
  assert.deepEqual(await pinned('engine', 'wasm-precise'), both(precise));
  assert.deepEqual(await pinned('engine', 'tfjs'), both({name: 'tfjs', numerics: 'engine'}));
  const plain = {name: 'wasm', numerics: 'bitwise', tile: 4, fused: false};
  assert.deepEqual(await pinned('bitwise', 'auto'), both(plain));
  assert.match(String(await pinned('bitwise', 'tfjs')), / error unmet-numerics: /);
});
