import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {writeBuffer} from '../../src/learning/codecs/buffer.ts';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {writeTrajectory} from '../../src/learning/codecs/trajectory.ts';
import {writeTransform} from '../../src/learning/codecs/transform.ts';
import {runPython, skipWithout} from '../support/rigs/python.ts';
import {smallTrajectory} from '../support/data/small-trajectory.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';

const load = `
import sys, json
from safetensors import safe_open
out = {}
for path in sys.argv[1:]:
    with safe_open(path, 'numpy') as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        out[path] = [file.metadata(), {name: [str(t.dtype), list(t.shape), t.astype('float64').flatten().tolist()] for name, t in tensors.items()}]
print(json.dumps(out))
`;

type Loaded = Readonly<
  Record<
    string,
    readonly [
      Readonly<Record<string, string>>,
      Readonly<Record<string, readonly [string, readonly number[], readonly number[]]>>,
    ]
  >
>;

describe('with the safetensors library for Python', {skip: skipWithout('safetensors')}, () => {
  test('trajectories, buffers, synthetic sets and transforms are read as they are', async () => {
    await using folder = await TemporaryFolder.create();
    const [trajectory, half, buffer, set, transform] = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      folder.file(`${name}.safetensors`),
    ) as [string, string, string, string, string];
    const experts = [smallTrajectory(1), smallTrajectory(2)];
    await writeTrajectory(trajectory, experts[0]!);
    await writeTrajectory(folder.file('other'), experts[1]!);
    await writeTrajectory(half, experts[0]!, {precision: 'F16'});
    await writeBuffer(buffer, [trajectory, folder.file('other')]);
    const dataset = tinyDataset();
    const {height, width, channels} = dataset.shape;
    const images = dataset.train.images.subarray(0, 2 * height * width * channels);
    await writeSynthetic(set, {
      ...dataset,
      images,
      labels: Int32Array.of(1, 0),
      count: 2,
      stepSize: 0.0125,
      pixels: images,
      provenance: {method: 'by hand'},
    });
    await writeTransform(transform, {...dataset, transform: dataset.transform!, count: 40});

    const files = [trajectory, half, buffer, set, transform];
    const loaded = JSON.parse(await runPython(load, ...files)) as Loaded;
    const theta = experts.map(({snapshots}) => snapshots.flatMap((snapshot) => [...snapshot]));
    assert.deepEqual(loaded[trajectory]![1], {theta: ['float32', [3, 5], theta[0]]});
    assert.deepEqual(loaded[half]![1], {theta: ['float16', [3, 5], theta[0]]});
    assert.deepEqual(loaded[buffer]![1], {
      'theta.0': ['float32', [3, 5], theta[0]],
      'theta.1': ['float32', [3, 5], theta[1]],
    });
    assert.equal(loaded[buffer]![0]['model'], 'ConvNet');
    const [metadata, tensors] = loaded[set]!;
    const shape = [2, height, width, channels];
    assert.deepEqual(tensors['images'], ['float32', shape, [...images]]);
    assert.deepEqual(tensors['labels'], ['int32', [2], [1, 0]]);
    assert.deepEqual(tensors['step_size'], ['float64', [], [0.0125]]);
    assert.deepEqual(tensors['transform.std'], ['float32', [3], [0.25, 0.25, 0.25]]);
    assert.equal(metadata['provenance.method'], 'by hand');
    assert.deepEqual(loaded[transform]![1]['mean'], ['float32', [3], [0.5, 0.5, 0.5]]);
  });
});
