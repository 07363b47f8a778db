import {imagesShape, type SyntheticSet} from '../../../src/learning/data/synthetic.ts';
import type {ImageShape} from '../../../src/learning/data/dataset.ts';
import type {Normalisation} from './normalisation.ts';

/** A learning rate to train with: that of the set, unless it is not positive. */
export function usableRate({stepSize}: Pick<SyntheticSet, 'stepSize'>): number {
  return stepSize > 0 ? stepSize : 0.01;
}

/** The depth of a ConvNet that leaves at least three pixels a side. */
export function networkDepth({height, width}: ImageShape): number {
  return Math.max(0, Math.floor(Math.log2(Math.min(height, width) / 3)));
}

/** A program in Python that trains a ConvNet on the pictures in its folder. */
export function pytorchProgram(set: SyntheticSet, {mean, std}: Normalisation): string {
  const {shape, canvas, classes, targets} = set;
  const {height, width, channels} = imagesShape(set);
  const labels = targets ? '"soft_label"' : '"class"';
  const [shown, picked] =
    canvas === undefined
      ? ['images[chosen]', 'torch.randperm(len(rows))']
      : [
          'windows(images[chosen])',
          `torch.randperm(${canvas.samples} * len(rows)).remainder(len(rows))`,
        ];
  return `import json

import numpy
import torch
from PIL import Image
from torch import nn

epochs = 1000
batch = 256
learning_rate = ${usableRate(set)}


def prepare(pixels):
    """Bytes [n, height, width, channels], as the network takes them."""
    images = torch.from_numpy(pixels).float().div(255)
    images = (images - torch.tensor(${list(mean)})) / torch.tensor(${list(std)})
    return images.permute(0, 3, 1, 2)

${canvas === undefined ? '' : windowsFunction(shape)}
def network(depth=${networkDepth(shape)}, width=128):
    layers, channels = [], ${channels}
    for _ in range(depth):
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.GroupNorm(width, width), nn.ReLU(), nn.AvgPool2d(2)]
        channels = width
    pixels = (${shape.height} >> depth) * (${shape.width} >> depth)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * pixels, ${classes.length}))


with open("metadata.jsonl", encoding="utf-8") as lines:
    rows = [json.loads(line) for line in lines]
pixels = numpy.stack([numpy.array(Image.open(row["file_name"])) for row in rows])
images = prepare(pixels.reshape(len(rows), ${height}, ${width}, ${channels}))
labels = torch.tensor([row[${labels}] for row in rows])

net = network()
optimiser = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9, weight_decay=5e-4)
for epoch in range(epochs):
    for chosen in ${picked}.split(batch):
        loss = nn.functional.cross_entropy(net(${shown}), labels[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
print(f"loss {loss.item():.4f} after {epochs} epochs")
`;
}

function windowsFunction({height, width}: ImageShape): string {
  return `
def windows(textures):
    """A window of each texture, at a random place; a texture goes on at its opposite border."""
    down, right = (torch.randint(side, (len(textures),)).tolist() for side in textures.shape[2:])
    rolled = [texture.roll((-y, -x), (1, 2)) for texture, y, x in zip(textures, down, right)]
    return torch.stack(rolled)[:, :, :${height}, :${width}]

`;
}

function list(values: readonly number[]): string {
  return `[${values.map((value) => value.toFixed(6)).join(', ')}]`;
}
