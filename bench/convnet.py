"""The ConvNet that the benchmarks run on, with the numbers of hash-fill.ts."""

import math

import torch
import torch.nn.functional as F


def hash_fill(seed, scale, shape):
    """Products wrap around in 64 bits, of which the lower 32 are kept."""
    low = 0xFFFFFFFF
    h = (torch.arange(math.prod(shape)) + seed * 0x9E3779B9) & low
    h = ((h ^ (h >> 16)) * 0x7FEB352D) & low
    h = ((h ^ (h >> 15)) * 0x846CA68B) & low
    unit = (h ^ (h >> 16)).double() / 2**32
    return (scale * (2 * unit - 1)).float().view(shape)


def pixels(count, size, channels):
    """[count, channels, size, size]; the numbers lie as [count, size, size, channels]."""
    numbers = hash_fill(1000, 1, (count, size, size, channels))
    return numbers.permute(0, 3, 1, 2).contiguous()


def initial_parameters(width, channels, size, depth, classes):
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


def network(parameters, x, depth):
    take = iter(parameters)
    for block in range(depth):
        padding = 3 if block == 0 and x.shape[1] == 1 else 1
        x = F.conv2d(x, next(take), next(take), padding=padding)
        x = F.group_norm(x, x.shape[1], next(take), next(take))
        x = F.avg_pool2d(F.relu(x), 2)
    return F.linear(x.flatten(1), next(take), next(take))
