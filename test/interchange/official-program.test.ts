import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {exportPt} from '../../stages/exchange/export-pt.ts';
import {writeBuffer} from '../../src/learning/codecs/buffer.ts';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {writeTrajectory} from '../../src/learning/codecs/trajectory.ts';
import {OfficialBuffer} from '../../src/learning/interchange/official-buffer.ts';
import {readOfficialSet} from '../../src/learning/interchange/official-set.ts';
import {runPython, skipWithout} from '../support/rigs/python.ts';
import {smallTrajectory} from '../support/data/small-trajectory.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/**
 * A program that saves files as the official program does, on a CPU with and without copies, and loads exported files.
 */
const program = `
import sys, json, copy, torch
folder = sys.argv[1]
net = torch.nn.Sequential(torch.nn.Conv2d(2, 1, 1), torch.nn.Flatten(), torch.nn.Linear(2, 3))
def trajectory(snap):
    out = []
    for epoch in range(3):
        with torch.no_grad():
            for number, p in enumerate(net.parameters()):
                p.copy_(torch.arange(p.numel()).reshape(p.shape) + 10 * number + 100 * epoch)
        out.append([snap(p) for p in net.parameters()])
    return out
torch.save([trajectory(lambda p: p.detach().clone()), trajectory(lambda p: copy.deepcopy(p))], folder + '/replay_buffer_0.pt')
torch.save([trajectory(lambda p: p.detach().cpu())], folder + '/replay_buffer_1.pt')
images = torch.arange(12.).reshape(2, 3, 1, 2).requires_grad_(True)
torch.save(copy.deepcopy(images.detach()), folder + '/images_best.pt')
torch.save(torch.tensor([1, 0], dtype=torch.long, requires_grad=False).view(-1), folder + '/labels_best.pt')
torch.save(torch.tensor([1., 0.]), folder + '/float_labels.pt')

def plain(value):
    if isinstance(value, torch.Tensor):
        return [str(value.dtype), list(value.shape), value.flatten().tolist()]
    return [plain(item) for item in value]
print(json.dumps([plain(torch.load(f'{folder}/ours/{name}.pt', weights_only=True)) for name in ['replay_buffer_0', 'images_best', 'labels_best']]))
`;

const set = {shape: {height: 1, width: 2, channels: 3}, classes: ['a', 'b'], name: 'small'};
const network = {
  name: 'a small network',
  layout: [
    {name: '0.weight', shape: [1, 2, 1, 1]},
    {name: '0.bias', shape: [1]},
    {name: '2.weight', shape: [3, 2]},
    {name: '2.bias', shape: [3]},
  ],
};

describe('with files as the official program has them', {skip: skipWithout('torch')}, () => {
  let folder: TemporaryFolder;
  let loaded: unknown;

  before(async () => {
    folder = await TemporaryFolder.create();
    const path = (name: string): string => folder.file(name);
    for (const seed of [0, 1]) await writeTrajectory(path(`t${seed}`), smallTrajectory(seed));
    await writeBuffer(path('buffer'), [path('t0'), path('t1')]);
    const images = Float32Array.from({length: 12}, (_, i) => i);
    await writeSynthetic(path('set'), {
      ...set,
      source: 'abc',
      images,
      labels: Int32Array.of(1, 0),
      count: 2,
      stepSize: 0.5,
      pixels: images,
      provenance: {},
    });
    await exportPt([path('buffer')], path('ours'));
    await exportPt([path('set')], path('ours'));
    loaded = JSON.parse(await runPython(program, folder.path));
  });

  after(() => folder[Symbol.asyncDispose]());

  test('PyTorch loads what was exported', () => {
    const trajectory = (seed: number): unknown =>
      smallTrajectory(seed).snapshots.map((theta) => [
        ['torch.float32', [2, 2], [...theta.subarray(0, 4)]],
        ['torch.float32', [1], [...theta.subarray(4)]],
      ]);
    assert.deepEqual(loaded, [
      [trajectory(0), trajectory(1)],
      ['torch.float32', [2, 3, 1, 2], [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]],
      ['torch.int64', [2], [1, 0]],
    ]);
  });

  test('experts are read in order, and snapshots that share memory are refused', async () => {
    await using buffer = await OfficialBuffer.open(folder.file('replay_buffer_0.pt'), network);
    assert.deepEqual([buffer.trajectories, buffer.snapshots], [2, 3]);
    const theta = [0, 1, 10, 20, 21, 22, 23, 24, 25, 30, 31, 32];
    for (const trajectory of [0, 1]) {
      assert.deepEqual(
        [...(await buffer.snapshot(trajectory, 2))],
        theta.map((value) => 200 + value),
      );
    }
    await assert.rejects(
      OfficialBuffer.open(folder.file('replay_buffer_1.pt'), network),
      /snapshots 0 and 1 of trajectory 0 share their memory/,
    );
  });

  test('a released set is read with its channels last, and labels of either kind', async () => {
    const images = [folder.file('images_best.pt')];
    for (const name of ['labels_best.pt', 'float_labels.pt']) {
      const read = await readOfficialSet({images, labels: [folder.file(name)]}, set);
      assert.deepEqual([...read.labels!], [1, 0]);
      assert.deepEqual([...read.images], [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]);
    }
  });
});
