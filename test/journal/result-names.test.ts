import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {OutputPort} from '../../src/contract/contract.ts';
import {byName, commonMedia} from '../../src/contract/media.ts';
import {resultNames} from '../../src/journal/result-names.ts';
import type {Instance, InstanceId} from '../../src/pipeline/graph/instance.ts';
import {media as learning} from '../../stages/shared/media.ts';
import {outputs as distilled} from '../../stages/shared/distilling/contract-parts.ts';
import {contract as table} from '../../stages/table/contract.ts';

type Outputs = Readonly<Record<string, OutputPort>>;

/** Gives the names of all outputs of instances with these ids. */
function names(instances: Readonly<Record<string, Outputs>>): readonly string[] {
  const media = byName([...commonMedia.values(), ...learning]);
  const graph = {
    media,
    instances: new Map(
      Object.entries(instances).map(([id, outputs]) => [
        id as InstanceId,
        {type: {contract: {outputs}}} as unknown as Instance,
      ]),
    ),
  };
  const all = Object.entries(instances).map(
    ([id, outputs]) => [id as InstanceId, Object.keys(outputs)] as const,
  );
  const nameOf = resultNames(graph, new Map(all));
  return [...graph.instances].flatMap(([id, {type}]) =>
    Object.entries(type.contract.outputs).map(([output, {many}]) =>
      nameOf(id, output, many === true ? 0 : undefined),
    ),
  );
}

const text = {out: {media: 'text', summary: ''}};

test('the first output with an extension is named like its instance, others and lists by their own names, too', () => {
  assert.deepEqual(names({distilled, table: table.outputs}), [
    'distilled.safetensors',
    'distilled.average.safetensors',
    'distilled.state.safetensors',
    'distilled.snapshots.0.safetensors',
    'distilled.arrow',
    'distilled.histograms.arrow',
    'distilled.pictures.arrow',
    'distilled.png',
    'distilled.clipped.png',
    'table.arrow',
    'table.md',
    'table.csv',
    'table.tex',
    'table.scores.arrow',
  ]);
});

test('axes are readable, and nothing in a name is special in a shell or in a glob', () => {
  const ids = [
    'a[ipc=1,rate=0.01]',
    'cell[set="x y"]/b[way="[*] $HOME?"]',
    '東京[ä=-1]',
    '-c',
    '.d',
  ];
  const all = names(Object.fromEntries(ids.map((id) => [id, text])));
  assert.deepEqual(all, [
    'a,ipc=1,rate=0.01.txt',
    'cell,set=x_y_b,way=,___HOME_.txt',
    '東京,ä=-1.txt',
    '_c.txt',
    '_d.txt',
  ]);
  for (const name of all) assert.doesNotMatch(name, /[^\p{L}\p{N}._=,+-]|^[.-]/u);
});

test('a name that is too long, or that a file system may take for another, ends in a digest', () => {
  const ids = [
    'a[x="b c"]',
    'a[x=b_c]',
    'B',
    'b',
    `l[x=${'y'.repeat(300)}]`,
    `l[x=${'y'.repeat(299)}]`,
  ];
  const all = names(Object.fromEntries(ids.map((id) => [id, text])));
  const digest = '-[0-9a-f]{8}\\.txt$';
  assert.match(all[0]!, new RegExp(`^a,x=b_c${digest}`));
  assert.match(all[1]!, new RegExp(`^a,x=b_c${digest}`));
  assert.match(all[2]!, new RegExp(`^B${digest}`));
  assert.match(all[4]!, new RegExp(`^l,x=y{116}${digest}`));
  assert.equal(new Set(all.map((name) => name.toLowerCase())).size, all.length);
});
