"""PyTorch's half of expert-epoch.ts and evaluate.ts: plain training by SGD, or a pass over test images.

A process for one workload: its name, its batch, the steps a round. Says when it is ready, then times a round for each
line it is sent, and reports its peak memory when there are no more. A line of JSON an answer.
"""

import sys
import time

import torch
import torch.nn.functional as F

import convnet

kind, batch, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
depth, classes = 3, 10


def train():
    for step in range(steps):
        chosen = order(step)
        loss = F.cross_entropy(convnet.network(parameters, images[chosen], depth), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())


@torch.no_grad()
def test():
    for step in range(steps):
        chosen = order(step)
        logits = convnet.network(parameters, images[chosen], depth)
        losses.append(F.cross_entropy(logits, labels[chosen]).item())


def order(step):
    """Like any epoch, in an order that is none."""
    return (torch.arange(batch, device=convnet.device) * 7 + step * batch) % len(images)


parameters = [p.requires_grad_() for p in convnet.initial_parameters(128, 3, 32, depth, classes)]
optimizer = torch.optim.SGD(parameters, lr=0.01, momentum=0.9, weight_decay=5e-4)
images = convnet.pixels(batch * steps if kind != 'few' else batch, 32, 3)
labels = torch.arange(len(images), device=convnet.device) % classes
losses = []
with torch.no_grad():
    first_loss = F.cross_entropy(convnet.network(parameters, images[:10], depth), labels[:10]).item()
run = test if kind == 'test' else train
run()
convnet.introduce({'first loss': first_loss})
for _ in sys.stdin:
    start = time.perf_counter()
    run()
    convnet.wait()
    convnet.answer(stepMs=1000 * (time.perf_counter() - start) / steps)
convnet.answer_peak()
