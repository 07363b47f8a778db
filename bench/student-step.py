"""PyTorch's half of student-step.ts: the same step, differentiated the way the method's authors do it.

A process for one configuration: width, channels, size, batch, steps, depth, classes, step size. Says when it is ready,
then times a round for each line it is sent, and reports its peak memory when there are no more. A line of JSON an answer.
"""

import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F

width, channels, size, batch, steps, depth, classes = map(int, sys.argv[1:8])
step_size = float(sys.argv[8])


def hash_fill(seed, scale, shape):
    """The numbers of hash-fill.ts: products wrap around in 64 bits, of which the lower 32 are kept."""
    low = 0xFFFFFFFF
    h = (torch.arange(math.prod(shape)) + seed * 0x9E3779B9) & low
    h = ((h ^ (h >> 16)) * 0x7FEB352D) & low
    h = ((h ^ (h >> 15)) * 0x846CA68B) & low
    unit = (h ^ (h >> 16)).double() / 2**32
    return (scale * (2 * unit - 1)).float().view(shape)


def initial_parameters():
    """Convolution, bias, scale and offset of each block, then the classifier; seeded by position."""
    parameters = []

    def fill(bound, *shape):
        parameters.append(hash_fill(len(parameters), bound, shape))

    inputs = channels
    side = 32 if channels == 1 else size
    for _ in range(depth):
        bound = 1 / math.sqrt(inputs * 9)
        fill(bound, width, inputs, 3, 3)
        fill(bound, width)
        parameters.append(torch.ones(width))
        parameters.append(torch.zeros(width))
        inputs = width
        side //= 2
    features = width * side * side
    fill(1 / math.sqrt(features), classes, features)
    fill(1 / math.sqrt(features), classes)
    return parameters


def network(theta, x):
    parts = iter(torch.split(theta, lengths))
    take = iter([part.view(shape) for part, shape in zip(parts, shapes)])
    for block in range(depth):
        padding = 3 if block == 0 and channels == 1 else 1
        x = F.conv2d(x, next(take), next(take), padding=padding)
        x = F.group_norm(x, width, next(take), next(take))
        x = F.avg_pool2d(F.relu(x), 2)
    return F.linear(x.flatten(1), next(take), next(take))


def unrolled():
    """The whole problem: `steps` SGD steps with the graph kept, a distance, and back to images and step size."""
    images = pixels.clone().requires_grad_()
    alpha = torch.tensor(step_size, requires_grad=True)
    theta = theta_0.clone().requires_grad_()
    for _ in range(steps):
        loss = F.cross_entropy(network(theta, images), labels)
        (gradient,) = torch.autograd.grad(loss, theta, create_graph=True)
        theta = theta - alpha * gradient
    F.mse_loss(theta, target, reduction='sum').backward()


def answer(**content):
    print(json.dumps(content), flush=True)


initial = initial_parameters()
shapes = [parameter.shape for parameter in initial]
lengths = [parameter.numel() for parameter in initial]
theta_0 = torch.cat([parameter.reshape(-1) for parameter in initial])
target = theta_0 + hash_fill(2000, 1e-3, theta_0.shape)
pixels = hash_fill(1000, 1, (batch, size, size, channels)).permute(0, 3, 1, 2).contiguous()
labels = torch.arange(batch) % classes

with torch.no_grad():
    first_loss = F.cross_entropy(network(theta_0, pixels), labels).item()
unrolled()
answer(description=f'PyTorch {torch.__version__}, {torch.get_num_threads()} threads', loss=first_loss)
for _ in sys.stdin:
    start = time.perf_counter()
    unrolled()
    answer(stepMs=1000 * (time.perf_counter() - start) / steps)
answer(processPeakBytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
