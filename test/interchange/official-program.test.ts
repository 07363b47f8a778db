import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {exportPt} from '../../stages/exchange/export-pt.ts';
import {writeBuffer} from '../../src/learning/codecs/buffer.ts';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {writeTrajectory} from '../../src/learning/codecs/trajectory.ts';
import {OfficialBuffer} from '../../src/learning/interchange/official-buffer.ts';
import {readOfficialSet} from '../../src/learning/interchange/official-set.ts';
import {targetRows, type Targets} from '../../src/learning/data/targets.ts';
import {runPython, skipWithout} from '../support/rigs/python.ts';
import {smallTrajectory} from '../support/data/small-trajectory.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/**
 * A program that saves files as the official program does, on a CPU with and without copies, and loads exported files.
 */
const program = `
import os, sys, json, copy, torch
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

# A program that learns soft labels saves logits, which have a gradient, and the step size.
logits = torch.tensor([[2., -1.], [0.5, 0.25]]).requires_grad_(True)
step = torch.tensor(0.0125).requires_grad_(True)
os.makedirs(folder + '/soft')
torch.save(logits.cpu(), folder + '/soft/labels_best.pt')
torch.save(step.detach().cpu(), folder + '/soft/lr_best.pt')
torch.save(step.item(), folder + '/soft/lr_number.pt')

def plain(value):
    if isinstance(value, torch.Tensor):
        return [str(value.dtype), list(value.shape), value.flatten().tolist()]
    return [plain(item) for item in value]
def rows(name):
    label = torch.load(f'{folder}/{name}/labels_best.pt', weights_only=True)
    return torch.nn.functional.softmax(label, dim=1).tolist()
learned = torch.load(folder + '/ours-logits/lr_best.pt', weights_only=True)
optimizer = torch.optim.SGD(net.parameters(), lr=learned)
print(json.dumps([[plain(torch.load(f'{folder}/ours/{name}.pt', weights_only=True)) for name in ['replay_buffer_0', 'images_best', 'labels_best', 'lr_best']], rows('ours-rows'), rows('ours-logits'), optimizer.param_groups[0]['lr'].item()]))
`;

const set = {shape: {height: 1, width: 2, channels: 3}, classes: ['a', 'b'], name: 'small'};
const softRows: Targets = {kind: 'rows', values: Float32Array.of(0.25, 0.75, 0, 1)};
const softLogits: Targets = {kind: 'logits', values: Float32Array.of(3, 1, -2, 0.5)};
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
    const made = {
      ...set,
      source: 'abc',
      images,
      labels: Int32Array.of(1, 0),
      count: 2,
      stepSize: 0.5,
      pixels: images,
      provenance: {},
    };
    await writeSynthetic(path('set'), made);
    await exportPt([path('buffer')], path('ours'));
    await exportPt([path('set')], path('ours'));
    for (const targets of [softRows, softLogits]) {
      await writeSynthetic(path('soft-set'), {...made, targets});
      await exportPt([path('soft-set')], path(`ours-${targets.kind}`));
    }
    loaded = JSON.parse(await runPython(program, folder.path));
  });

  after(() => folder[Symbol.asyncDispose]());

  test('PyTorch loads what was exported', () => {
    const trajectory = (seed: number): unknown =>
      smallTrajectory(seed).snapshots.map((theta) => [
        ['torch.float32', [2, 2], [...theta.subarray(0, 4)]],
        ['torch.float32', [1], [...theta.subarray(4)]],
      ]);
    const [saved, byRows, byLogits, rate] = loaded as readonly unknown[];
    assert.deepEqual(saved, [
      [trajectory(0), trajectory(1)],
      ['torch.float32', [2, 3, 1, 2], [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]],
      ['torch.int64', [2], [1, 0]],
      ['torch.float64', [], [0.5]],
    ]);
    for (const [found, targets] of [
      [byRows, softRows],
      [byLogits, softLogits],
    ] as const) {
      const expected = targetRows(targets, 2);
      for (const [i, row] of (found as readonly (readonly number[])[]).flat().entries()) {
        assert.ok(Math.abs(row - expected[i]!) < 1e-7, `${targets.kind}: ${row} ${expected[i]}`);
      }
    }
    assert.equal(rate, 0.5);
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
      const files = {images, labels: [folder.file(name)], stepSize: []};
      const read = await readOfficialSet(files, set);
      assert.deepEqual([...read.labels!], [1, 0]);
      assert.deepEqual([...read.images], [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]);
    }
  });

  test('logits and a learned step size are read as PyTorch saves them', async () => {
    const [images, labels] = [
      [folder.file('images_best.pt')],
      [folder.file('soft/labels_best.pt')],
    ];
    for (const name of ['lr_best.pt', 'lr_number.pt']) {
      const stepSize = [folder.file(`soft/${name}`)];
      const read = await readOfficialSet({images, labels, stepSize}, set);
      assert.deepEqual(read.targets, {kind: 'logits', values: Float32Array.of(2, -1, 0.5, 0.25)});
      assert.equal(read.stepSize, Math.fround(0.0125));
    }
  });
});
