import assert from 'node:assert/strict';
import {mkdtemp, mkdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import type {InstanceGraph, InstanceId} from '../../src/pipeline/graph/instance.ts';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import {graphOf, loadText, loadTexts, outputOf} from '../support/texts/load-text.ts';
import {testRegistry} from '../support/registries/test-registry.ts';

const ids = (graph: Awaited<ReturnType<typeof graphOf>>): readonly string[] => [
  ...graph.instances.keys(),
];

test('an instance comes after everything it takes input from, whatever the order of the file', async () => {
  const graph = await graphOf(`
stages:
  table: {uses: table, inputs: {scores: net.scores}}
  net: {uses: train, inputs: {dataset: data.dataset}, with: {model: VGG11}}
  data: {uses: make}
`);
  assert.deepEqual(ids(graph), ['data', 'net', 'table']);
});

test('a parameter is looked up by the name that another one, or an axis, has as its value', async () => {
  const text = `
params:
  size: small
  pools: {small: [ConvNetD3, VGG11], large: [ResNet18]}
  epochs: {small: {ConvNetD3: 2, VGG11: 3, "a[b]": 9}, large: {ResNet18: 7}}
stages:
  data: {uses: make, with: {name: "\${params.epochs.small.a[b]} of \${params.size}"}}
  net:
    uses: train
    matrix: {model: "\${params.pools[params.size]}"}
    inputs: {dataset: data.dataset}
    with: {model: "\${matrix.model}", epochs: "\${params.epochs[params.size][matrix.model]}"}
`;
  const epochsOf = (graph: InstanceGraph): readonly unknown[] =>
    Array.from(graph.instances.values(), ({id, params}) => [id, params['epochs']]).slice(1);
  const small = await graphOf(text);
  assert.equal(small.instances.get('data' as InstanceId)!.params['name'], '9 of small');
  assert.deepEqual(epochsOf(small), [
    ['net[model=ConvNetD3]', 2],
    ['net[model=VGG11]', 3],
  ]);
  assert.deepEqual(epochsOf(await graphOf(text, ['size=large'])), [['net[model=ResNet18]', 7]]);
});

test('a parameter may refer to others, in any order, as they are once they are set', async () => {
  const text = `
params:
  name: "\${params.base.word} \${params.count}"
  base: {word: images, count: 2}
  count: "\${params.base.count}"
stages:
  data: {uses: make, with: {name: "\${params.name}", count: "\${params.count}"}}
`;
  const paramsOf = async (...set: readonly string[]): Promise<unknown> =>
    (await graphOf(text, set)).instances.get('data' as InstanceId)!.params;
  assert.deepEqual(await paramsOf(), {name: 'images 2', count: 2});
  assert.deepEqual(await paramsOf('base.count=5'), {name: 'images 5', count: 5});
  assert.deepEqual(await paramsOf('count=7', 'base.word=${params.count}'), {name: '7 7', count: 7});
  // What a run notes of its pipeline.
  assert.deepEqual((await graphOf(text, ['base.count=5'])).params, {
    name: 'images 5',
    base: {word: 'images', count: 5},
    count: 5,
  });
});

test('parameters get the defaults of the contract, and keep the type of what they name', async () => {
  const text = `
params: {rate: 0.5, sizes: [3, 4], name: toy}
stages:
  data: {uses: make, with: {name: "my \${params.name} costs $5 \${other}"}}
  net:
    uses: train
    inputs: {dataset: data.dataset}
    with: {model: VGG11, rate: "\${params.rate}", sizes: "\${params.sizes}", augment: {crop: 4}}
    resources: {gpu: 0.25}
`;
  const graph = await graphOf(text);
  const [data, net] = [...graph.instances.values()];
  assert.deepEqual(data!.params, {name: 'my toy costs $5 ${other}', count: 10});
  assert.deepEqual(net!.params, {
    model: 'VGG11',
    epochs: 50,
    rate: 0.5,
    seed: 0,
    mirror: false,
    sizes: [3, 4],
    augment: {crop: 4, flip: false},
  });
  assert.deepEqual(net!.resources, {gpu: 0.25});
});

test('--set replaces parameters, inner ones too, and the last one wins', async () => {
  const text = `
params: {net: {model: VGG11, epochs: 3}, count: 1}
stages:
  data: {uses: make, with: {count: "\${params.count}"}}
  net:
    uses: train
    inputs: {dataset: data.dataset}
    with: {model: "\${params.net.model}", epochs: "\${params.net.epochs}"}
`;
  const graph = await graphOf(text, ['count=7', 'net.epochs=4', 'count=8']);
  const [data, net] = [...graph.instances.values()];
  assert.equal(data!.params['count'], 8);
  assert.equal(net!.params['epochs'], 4);
  assert.equal(net!.params['model'], 'VGG11');
});

test('a matrix has a point for every combination, less exclude, plus include', async () => {
  const graph = await graphOf(`
stages:
  data:
    uses: make
    matrix:
      name: [a, "b,c"]
      count: {count: 3}
      exclude: [{name: a, count: 0}, {count: 2}]
      include: [{count: 9}, {name: z, count: 1}]
    with: {name: "\${matrix.name}-\${matrix.count}"}
`);
  assert.deepEqual(
    Array.from(graph.instances.values(), ({id, params}) => [id, params['name']]),
    [
      ['data[name=a,count=1]', 'a-1'],
      ['data[name="b,c",count=0]', 'b,c-0'],
      ['data[name="b,c",count=1]', 'b,c-1'],
      ['data[name=a,count=9]', 'a-9'],
      ['data[name="b,c",count=9]', 'b,c-9'],
      ['data[name=z,count=1]', 'z-1'],
    ],
  );
});

test('a matrix of include entries alone has exactly those points', async () => {
  const graph = await graphOf(`
stages:
  data: {uses: make, matrix: {include: [{name: a, count: 1}, {name: b, count: 2}]}}
`);
  assert.deepEqual(ids(graph), ['data[name=a,count=1]', 'data[name=b,count=2]']);
});

const sweep = `
stages:
  data: {uses: make, matrix: {ipc: [1, 10]}}
  net:
    uses: train
    matrix: {ipc: [1, 10], seed: {count: 2}}
    inputs: {dataset: data.dataset}
    with: {model: VGG11, seed: "\${matrix.seed}"}
  join: {uses: join, matrix: {ipc: [10, 1]}, inputs: {trajectories: "net.trajectory[seed=*]"}}
  some: {uses: table, inputs: {scores: ["net.scores[ipc=10,seed=0|1]", "net.scores[seed=1,ipc=1]"]}}
  all: {uses: table, inputs: {scores: "net.scores[*]"}}
  mine: {uses: join, matrix: {ipc: [1, 10]}, inputs: {trajectories: "net.trajectory[seed=1,ipc=\${matrix.ipc}]"}}
`;

test('references join on shared axes, fan in over the others, or select', async () => {
  const graph = await graphOf(sweep);
  const inputs = new Map(
    Array.from(graph.instances.values(), ({id, inputs}) => [
      id as string,
      Object.values(inputs).flatMap((refs) => refs.map(({instance}) => instance as string)),
    ]),
  );
  assert.deepEqual(inputs.get('net[ipc=10,seed=1]'), ['data[ipc=10]']);
  assert.deepEqual(inputs.get('join[ipc=10]'), ['net[ipc=10,seed=0]', 'net[ipc=10,seed=1]']);
  assert.deepEqual(inputs.get('some'), [
    'net[ipc=10,seed=0]',
    'net[ipc=10,seed=1]',
    'net[ipc=1,seed=1]',
  ]);
  assert.equal(inputs.get('all')!.length, 4);
  assert.deepEqual(inputs.get('mine[ipc=10]'), ['net[ipc=10,seed=1]']);
});

test('every input of the contract is there, in order, and those left out are empty', async () => {
  const graph = await graphOf(`
stages:
  net: {uses: train, inputs: {dataset: data.dataset}, with: {model: VGG11}}
  data: {uses: make}
  table: {uses: table, inputs: {scores: net.scores}}
`);
  const table = [...graph.instances.values()].at(-1)!;
  assert.deepEqual(table.inputs, {
    scores: [{instance: 'net', output: 'scores'}],
    buffers: [],
    first: [],
  });
});

test('a pipeline can be a stage, with its own parameters and a matrix', async () => {
  const loaded = await loadTexts({
    'pipelines/table.yaml': `
stages:
  cell:
    uses: ./cell.yaml
    matrix: {ipc: [1, 10]}
    with: {count: "\${matrix.ipc}"}
  table: {uses: table, inputs: {scores: "cell.scores[*]"}}
`,
    'pipelines/cell.yaml': `
params: {count: 5, model: VGG11}
stages:
  data: {uses: make, with: {count: "\${params.count}"}}
  net:
    uses: train
    matrix: {seed: {count: 2}}
    inputs: {dataset: data.dataset}
    with: {model: "\${params.model}"}
outputs: {scores: "net.scores[*]"}
`,
  });
  assert.equal(outputOf(loaded), '');
  assert.ok(loaded.kind === 'ok');
  const instances = [...loaded.graph.instances.values()];
  assert.deepEqual(
    instances.map(({id}) => id as string),
    [
      'cell[ipc=1]/data',
      'cell[ipc=1]/net[seed=0]',
      'cell[ipc=1]/net[seed=1]',
      'cell[ipc=10]/data',
      'cell[ipc=10]/net[seed=0]',
      'cell[ipc=10]/net[seed=1]',
      'table',
    ],
  );
  assert.equal(instances[3]!.params['count'], 10);
  assert.equal(instances[4]!.stage, 'cell/net');
  assert.deepEqual(instances[4]!.axes, {seed: 0});
  assert.deepEqual(instances[4]!.within, [{stage: 'cell', point: {ipc: 10}}]);
  assert.equal(instances[6]!.inputs['scores']!.length, 4);
});

test('a mistake in a nested pipeline is reported once, in its own file', async () => {
  const loaded = await loadTexts({
    'table.yaml': `
stages:
  cell: {uses: ./cell.yaml, matrix: {ipc: [1, 10]}, with: {coutn: "\${matrix.ipc}"}}
`,
    'cell.yaml': `
params: {count: 5}
stages:
  data: {uses: make, with: {count: "\${params.count}", name: 3}}
`,
  });
  assert.ok(loaded.kind === 'invalid');
  assert.deepEqual(
    loaded.diagnostics.map(({code, span}) => [code, span.file.name]),
    [
      ['bad-value', 'cell.yaml'],
      ['unknown-param', 'table.yaml'],
    ],
  );
});

const doubling = (next: string): string => `
stages:
  left: {uses: ./${next}.yaml, matrix: {i: {count: 100}}}
  right: {uses: ./${next}.yaml, matrix: {i: {count: 100}}}
`;

test('nested pipelines that multiply without end are stopped', async () => {
  const loaded = await loadTexts({
    'a.yaml': doubling('b'),
    'b.yaml': doubling('c'),
    'c.yaml': doubling('d'),
    'd.yaml': 'stages: {data: {uses: make}}',
  });
  assert.ok(loaded.kind === 'invalid');
  assert.deepEqual(new Set(loaded.diagnostics.map(({code}) => code)), new Set(['too-large']));
});

test('a hundred thousand instances share all that is the same', async () => {
  const graph = await graphOf(`
stages:
  data: {uses: make}
  net:
    uses: train
    matrix: {seed: {count: 100000}}
    inputs: {dataset: data.dataset}
    with: {model: VGG11}
    resources: {device: 1}
  join: {uses: join, inputs: {trajectories: "net.trajectory[*]"}}
`);
  const instances = [...graph.instances.values()];
  const [, first, second] = instances;
  assert.equal(instances.length, 100_002);
  assert.equal(first!.params, second!.params);
  assert.equal(first!.inputs, second!.inputs);
  assert.equal(first!.resources, second!.resources);
  assert.equal(instances.at(-1)!.inputs['trajectories']!.length, 100_000);
});

test('instances that take all artifacts of a stage share one list of them, even if their other inputs differ', async () => {
  const graph = await graphOf(`
stages:
  data: {uses: make, matrix: {n: {count: 300}}}
  expert: {uses: train, matrix: {n: {count: 300}}, inputs: {dataset: data.dataset}, with: {model: VGG11}}
  all: {uses: join, matrix: {n: {count: 300}}, inputs: {trajectories: "expert.trajectory[*]", dataset: data.dataset}}
`);
  const joined = [...graph.instances.values()].filter(({stage}) => stage === 'all');
  assert.equal(new Set(joined.map(({inputs}) => inputs['trajectories'])).size, 1);
  assert.equal(joined[0]!.inputs['trajectories']!.length, 300);
  assert.equal(new Set(joined.map(({inputs}) => inputs['dataset'])).size, 300);
});

test('the name of a pipeline without one is that of its file', async () => {
  const loaded = await loadTexts({'pipelines/quick.yaml': 'stages: {data: {uses: make}}'});
  assert.ok(loaded.kind === 'ok');
  assert.equal(loaded.graph.name, 'quick');
  assert.equal(loaded.graph.file, 'pipelines/quick.yaml');
});

test('a file that does not exist, is a folder or is too large is reported with its name', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'load-pipeline-'));
  try {
    await mkdir(path.join(folder, 'pipelines'));
    await writeFile(path.join(folder, 'pipelines/quickstart.yaml'), 'stages: {}');
    await writeFile(path.join(folder, 'large.yaml'), Buffer.alloc((1 << 20) + 1, 0x20));
    const load = async (file: string): Promise<readonly unknown[]> => {
      const loaded = await loadPipeline({file: path.join(folder, file), registry: testRegistry});
      assert.ok(loaded.kind === 'invalid');
      return loaded.diagnostics.map(({code, suggestion}) => [
        code,
        suggestion && path.relative(folder, suggestion),
      ]);
    };
    const quickstart = 'pipelines/quickstart.yaml';
    assert.deepEqual(await load('pipelines/quikstart.yaml'), [['missing-file', quickstart]]);
    assert.deepEqual(await load('quickstart'), [['missing-file', quickstart]]);
    assert.deepEqual(await load('pipelines'), [['unreadable-file', quickstart]]);
    assert.deepEqual(await load('large.yaml'), [['too-large', undefined]]);
  } finally {
    await rm(folder, {recursive: true});
  }
});

test('a stage that is broken causes no mistakes in the stages that use it', async () => {
  const loaded = await loadText(`
stages:
  data: {uses: mkae, matrix: {a: []}, with: {x: 1}}
  net:
    uses: train
    matrix: {b: [1]}
    inputs: {dataset: "data.whatever[a=3]"}
    with: {model: VGG11}
  list: [not, a, stage]
  table: {uses: table, inputs: {scores: ["list.scores", "net.scores[*]"]}}
`);
  assert.ok(loaded.kind === 'invalid');
  assert.deepEqual(
    loaded.diagnostics.map(({code}) => code),
    ['unknown-stage-type', 'bad-matrix', 'bad-value'],
  );
});

test('a mistake in the outputs of a nested pipeline is reported there, and not where it is used', async () => {
  const outputs = ['{out: data.datset}', '{out: 3}', '{out: "${params.nothing}.x"}', '[out]'];
  for (const given of outputs) {
    const loaded = await loadTexts({
      'pipeline.yaml': `
stages:
  cell: {uses: ./cell.yaml}
  net: {uses: train, inputs: {dataset: cell.out}, with: {model: VGG11}}
  told: {run: [cat, "\${inputs.it}"], inputs: {it: cell.out}, outputs: {}}
`,
      'cell.yaml': `stages: {data: {uses: make}}\noutputs: ${given}\n`,
    });
    assert.equal(loaded.kind, 'invalid');
    const places = (loaded.kind === 'invalid' ? loaded.diagnostics : []).map(
      ({code, span}) => `${span.file.name} ${code}`,
    );
    assert.equal(places.length, 1, given + places.join());
    assert.match(places[0]!, /^cell\.yaml /);
  }
});

const inner = `
stages:
  data: {uses: make}
  net: {uses: train, matrix: {seed: [0, 1]}, inputs: {dataset: data.dataset}, with: {model: VGG11}}
outputs: {set: data.dataset}
`;

test('outputs of the stages of a nested pipeline are referred to by their names, to any depth', async () => {
  const loaded = await loadTexts({
    'table.yaml': `
stages:
  cell: {uses: ./middle.yaml, matrix: {n: [1, 2]}}
  one: {uses: table, matrix: {n: [1, 2]}, inputs: {scores: cell.cell.net.scores}}
  all: {uses: table, inputs: {scores: "cell.cell.net.scores[*]"}}
  net: {uses: train, inputs: {dataset: "cell.cell.set[n=2]"}, with: {model: VGG11}}
`,
    'middle.yaml': 'stages: {cell: {uses: ./cell.yaml}}',
    'cell.yaml': inner,
  });
  assert.equal(outputOf(loaded), '');
  assert.ok(loaded.kind === 'ok');
  const inputs = (id: string, port: string): readonly string[] =>
    [...loaded.graph.instances.values()]
      .find((instance) => instance.id === id)!
      .inputs[port]!.map(({instance, output}) => `${instance}.${output}`);
  const ofTwo = ['cell[n=2]/cell/net[seed=0].scores', 'cell[n=2]/cell/net[seed=1].scores'];
  assert.deepEqual(inputs('one[n=2]', 'scores'), ofTwo);
  assert.deepEqual(inputs('all', 'scores').slice(2), ofTwo);
  assert.deepEqual(inputs('net', 'dataset'), ['cell[n=2]/cell/data.dataset']);
});

test('an output that a nested pipeline does not have is reported with those that it has', async () => {
  const loaded = await loadTexts({
    'table.yaml': `
stages:
  cell: {uses: ./cell.yaml}
  table: {uses: table, inputs: {scores: cell.nte.scores}}
  net: {uses: train, inputs: {dataset: cell.net.scores}, with: {model: VGG11}}
`,
    'cell.yaml': inner,
  });
  assert.equal(
    outputOf(loaded).replaceAll(/^ .*\n/gm, ''),
    'table.yaml:4:46 error unknown-output: Stage `cell` has no output `nte.scores`; it has `set`, `data.dataset`, `data.picture`, `net.trajectory`, `net.scores`.\n\n' +
      'table.yaml:5:45 error media-mismatch: `dataset` takes dataset, but `cell.net.scores` is scores.\n',
  );
});
