import assert from 'node:assert/strict';
import {test} from 'node:test';
import {openBuffers} from '../../src/learning/codecs/buffers.ts';
import {readSynthetic, writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {parseStrategy} from '../../src/learning/augmentation/strategy.ts';
import {targetRows} from '../../src/learning/data/targets.ts';
import {Random} from '../../src/learning/random.ts';
import {Trainer} from '../../src/learning/training/trainer.ts';
import {contract} from '../../stages/label/contract.ts';
import {run} from '../../stages/label/run.ts';
import {exportPt} from '../../stages/exchange/export-pt.ts';
import {pickImages} from '../../stages/shared/transformed-dataset.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';
import {tinyModel} from '../support/data/tiny-problem.ts';
import {startTestEngine} from '../support/engines/test-engine.ts';
import {filled, makeLearningFiles} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {runPython, skipWithout} from '../support/rigs/python.ts';

/**
 * Labels exported images by exported experts, and takes a step of SGD on the labels from the start of the first expert:
 * the network is written down here again.
 */
const program = `
import sys, json, torch
from torch import nn
experts, folder = sys.argv[1:]
images = torch.load(folder + '/images_best.pt', weights_only=True)
labels = torch.load(folder + '/labels_best.pt', weights_only=True)
net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.GroupNorm(8, 8, affine=True), nn.ReLU(),
                    nn.AvgPool2d(2), nn.Flatten(), nn.Linear(8 * 16, 2))
def load(snapshot):
    with torch.no_grad():
        for own, given in zip(net.parameters(), snapshot):
            own.copy_(given)
trajectories = [t for i in range(2) for t in torch.load(f'{experts}/replay_buffer_{i}.pt', weights_only=True)]
every = []
with torch.no_grad():
    for trajectory in trajectories:
        load(trajectory[-1])
        every.append(net(images))
every = torch.stack(every)
right = (every.argmax(2) == labels).float()
right[:, right.sum(0) == 0] = 1
logits = (every * right[:, :, None]).sum(0) / right.sum(0)[:, None] / 2

load(trajectories[0][0])
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
loss = nn.functional.cross_entropy(net(images), torch.softmax(logits, 1))
loss.backward()
optimizer.step()
theta = torch.cat([p.detach().flatten() for p in net.parameters()])
print(json.dumps({'logits': logits.flatten().tolist(), 'loss': loss.item(), 'theta': theta.tolist()}))
`;

interface Answer {
  readonly logits: readonly number[];
  readonly loss: number;
  readonly theta: readonly number[];
}

function assertClose(found: ArrayLike<number>, expected: readonly number[], what: string): void {
  assert.equal(found.length, expected.length);
  const worst = expected.reduce((most, each, i) => Math.max(most, Math.abs(each - found[i]!)), 0);
  assert.ok(worst < 1e-5, `${what} differ by ${worst}`);
}

test(
  'labels by experts, and a step of training on them, are those of PyTorch',
  {
    skip: skipWithout('torch'),
  },
  async () => {
    await using files = await makeLearningFiles(2);
    await using rig = await StageRig.create();
    const path = (name: string): string => rig.folder.file(name);
    const tiny = tinyDataset();
    const picked = pickImages(tiny, tiny.train, [0, 1, 2, 3, 4, 5, 6]);
    const made = {...tiny, ...picked, pixels: picked.images, stepSize: 0.1, provenance: {}};
    await writeSynthetic(path('set'), made);
    const params = filled(contract, {experts: 'all', average: 'correct', temperature: 2});
    const inputs = {synthetic: [path('set')], buffers: files.buffers};
    await run(rig.context({params, inputs}));
    const labelled = await readSynthetic(rig.output('synthetic'));

    await exportPt(files.buffers, path('experts'));
    await exportPt([path('set')], path('official'));
    const answer = JSON.parse(
      await runPython(program, path('experts'), path('official')),
    ) as Answer;
    assertClose(labelled.targets!.values, answer.logits, 'logits');

    await using buffers = await openBuffers(files.buffers);
    const trainer = new Trainer(await startTestEngine(), tinyModel(), {
      theta: await buffers.snapshot(0, 0),
      batch: picked.count,
      momentum: 0.9,
      weightDecay: 5e-4,
      strategy: parseStrategy('none'),
    });
    const split = {...picked, targets: targetRows(labelled.targets!, 2)};
    const {result} = await trainer.epoch(split, {random: new Random(1), learningRate: 0.1});
    assertClose([(await result).loss], [answer.loss], 'losses');
    assertClose((await trainer.readNetwork()).theta, answer.theta, 'parameters');
    trainer.dispose();
  },
);
