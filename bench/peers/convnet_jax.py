"""The ConvNet that JAX's benchmarks run on, with the numbers of hash-fill.ts. JAX chooses the device."""

import json
import math
import resource
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

device = jax.devices()[0]


def answer(**content):
    print(json.dumps(content), flush=True)


def choose_precision(precision):
    """`default` rounds the factors of products to 10 bits (TF32) on recent GPUs, `highest` does not."""
    if precision == 'highest' and device.platform == 'cpu':
        answer(absent='JAX computes in float32 here anyway')
        raise SystemExit
    if precision == 'highest':
        jax.config.update('jax_default_matmul_precision', 'highest')


def introduce(results, precision, variant=''):
    exact = precision == 'highest' or device.platform == 'cpu'
    arithmetic = 'float32' if exact else 'products as JAX chooses (TF32 on recent GPUs)'
    answer(
        description=f'JAX {jax.__version__}, {device.device_kind}, {arithmetic}{variant}',
        results=results,
        tolerance=0.001 if exact else 0.03,
    )


def answer_peak():
    process = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    statistics = device.memory_stats() or {}
    if 'peak_bytes_in_use' in statistics:
        answer(processPeakBytes=process, enginePeakBytes=statistics['peak_bytes_in_use'])
    else:
        answer(processPeakBytes=process)


def faster(functions, arguments):
    """The index of the function whose second and third calls take less time."""
    times = []
    for function in functions:
        jax.block_until_ready(function(*arguments))
        start = time.perf_counter()
        for _ in range(2):
            jax.block_until_ready(function(*arguments))
        times.append(time.perf_counter() - start)
    return min(range(len(times)), key=times.__getitem__)


def hash_fill(seed, scale, shape):
    """Products wrap around in 64 bits, of which the lower 32 are kept."""
    low = np.uint64(0xFFFFFFFF)
    h = (np.arange(math.prod(shape), dtype=np.uint64) + np.uint64(seed * 0x9E3779B9 & 0xFFFFFFFF)) & low
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(0x7FEB352D)) & low
    h = ((h ^ (h >> np.uint64(15))) * np.uint64(0x846CA68B)) & low
    unit = (h ^ (h >> np.uint64(16))).astype(np.float64) / 2**32
    return (scale * (2 * unit - 1)).astype(np.float32).reshape(shape)


def initial_parameters(width, channels, size, depth, classes):
    """Convolution [h, w, in, out], bias, scale and offset of each block, then the classifier; seeded by position."""
    parameters = []

    def fill(bound, *shape):
        parameters.append(hash_fill(len(parameters), bound, shape))

    inputs = channels
    side = 32 if channels == 1 else size
    for _ in range(depth):
        bound = 1 / math.sqrt(inputs * 9)
        fill(bound, width, inputs, 3, 3)
        parameters[-1] = parameters[-1].transpose(2, 3, 1, 0)
        fill(bound, width)
        parameters.append(np.ones(width, np.float32))
        parameters.append(np.zeros(width, np.float32))
        inputs = width
        side //= 2
    features = width * side * side
    fill(1 / math.sqrt(features), classes, features)
    # PyTorch's features have their channels first, these last.
    weights = parameters[-1].reshape(classes, width, side, side).transpose(2, 3, 1, 0)
    parameters[-1] = weights.reshape(features, classes)
    fill(1 / math.sqrt(features), classes)
    return [jnp.asarray(parameter) for parameter in parameters]


def network(parameters, x, depth):
    take = iter(parameters)
    for block in range(depth):
        padding = 3 if block == 0 and x.shape[3] == 1 else 1
        around = ((padding, padding), (padding, padding))
        x = lax.conv_general_dilated(x, next(take), (1, 1), around, dimension_numbers=('NHWC', 'HWIO', 'NHWC'))
        x = x + next(take)
        centred = x - x.mean((1, 2), keepdims=True)
        variance = (centred * centred).mean((1, 2), keepdims=True)
        x = jax.nn.relu(centred * lax.rsqrt(variance + 1e-5) * next(take) + next(take))
        n, h, w, c = x.shape
        x = x.reshape(n, h // 2, 2, w // 2, 2, c).mean((2, 4))
    return x.reshape(x.shape[0], -1) @ next(take) + next(take)


def cross_entropy(parameters, x, targets, depth):
    return -(jax.nn.log_softmax(network(parameters, x, depth)) * targets).sum(1).mean()
