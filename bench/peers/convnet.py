"""The ConvNet that PyTorch's benchmarks run on, with the numbers of hash-fill.ts. Computes on a GPU if there is one."""

import json
import math
import resource

import torch
import torch.nn.functional as F

device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')


def answer(**content):
    print(json.dumps(content), flush=True)


def introduce(results):
    if device.type == 'cpu':
        answer(description=f'PyTorch {torch.__version__}, {torch.get_num_threads()} threads', results=results)
        return
    card = torch.cuda.get_device_name()
    # PyTorch's convolutions round their factors to 10 bits there, unless they are told otherwise.
    rounded = torch.backends.cudnn.allow_tf32
    arithmetic = 'convolutions in TF32' if rounded else 'float32'
    answer(
        description=f'PyTorch {torch.__version__}, {card}, {arithmetic}',
        results=results,
        tolerance=0.03 if rounded else 0.001,
    )
    torch.cuda.reset_peak_memory_stats()


def wait():
    """A GPU has only been asked so far."""
    if device.type == 'cuda':
        torch.cuda.synchronize()


def answer_peak():
    process = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if device.type == 'cpu':
        answer(processPeakBytes=process)
    else:
        answer(processPeakBytes=process, enginePeakBytes=torch.cuda.max_memory_allocated())


def hash_fill(seed, scale, shape):
    """Products wrap around in 64 bits, of which the lower 32 are kept."""
    low = 0xFFFFFFFF
    h = (torch.arange(math.prod(shape)) + seed * 0x9E3779B9) & low
    h = ((h ^ (h >> 16)) * 0x7FEB352D) & low
    h = ((h ^ (h >> 15)) * 0x846CA68B) & low
    unit = (h ^ (h >> 16)).double() / 2**32
    return (scale * (2 * unit - 1)).float().view(shape).to(device)


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
        parameters.append(torch.ones(width, device=device))
        parameters.append(torch.zeros(width, device=device))
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
