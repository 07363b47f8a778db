"""JAX's half of student-step.ts: the same steps as one compiled program, a scan over all of them and back.

A process for one configuration: width, channels, size, batch, steps, repeats, depth, classes, step size, and the
precision of products. JAX may keep what the way back needs, or compute it again: the faster of both is measured. Says
when it is ready, then times a round for each line it is sent, and reports its peak memory when there are no more. A line
of JSON an answer.
"""

import math
import sys
import time

import jax
import jax.numpy as jnp
from jax import lax

import convnet_jax as convnet

width, channels, size, batch, steps, repeats, depth, classes = map(int, sys.argv[1:9])
step_size, precision = float(sys.argv[9]), sys.argv[10]
convnet.choose_precision(precision)

theta_0 = convnet.initial_parameters(width, channels, size, depth, classes)
pixels = jnp.asarray(convnet.hash_fill(1000, 1, (batch, size, size, channels)))
targets = jax.nn.one_hot(jnp.arange(batch) % classes, classes)


def difference():
    """A vector in the order of PyTorch's parameters, cut into the parameters."""
    flat = convnet.hash_fill(2000, 1e-3, (sum(math.prod(parameter.shape) for parameter in theta_0),))
    parts, offset = [], 0
    for parameter in theta_0:
        count = math.prod(parameter.shape)
        part = flat[offset : offset + count]
        offset += count
        if parameter.ndim == 4:
            h, w, inputs, outputs = parameter.shape
            part = part.reshape(outputs, inputs, h, w).transpose(2, 3, 1, 0)
        elif parameter.ndim == 2:
            features, outputs = parameter.shape
            side = round((features // width) ** 0.5)
            part = part.reshape(outputs, width, side, side).transpose(2, 3, 1, 0).reshape(features, outputs)
        parts.append(jnp.asarray(part))
    return parts


def loss_of(theta, images):
    return convnet.cross_entropy(theta, images, targets, depth)


def step(theta, images, alpha):
    gradient = jax.grad(loss_of)(theta, images)
    return [part - alpha * by_part for part, by_part in zip(theta, gradient)]


def unrolled(recomputes):
    """The whole problem: `steps` SGD steps, a distance, and back to images and step size."""

    def objective(images, alpha):
        one = lambda theta, _: (step(theta, images, alpha), None)
        last, _ = lax.scan(jax.checkpoint(one) if recomputes else one, theta_0, None, length=steps)
        return sum(((a - b) ** 2).sum() for a, b in zip(last, target))

    return jax.jit(jax.value_and_grad(objective, argnums=(0, 1)))


def image_gradient():
    """What comes back to the images through one step from a cotangent of its result."""
    product = lambda images: sum((a * b).sum() for a, b in zip(step(theta_0, images, step_size), cotangent))
    return jax.jit(jax.grad(product))(pixels)


cotangent = difference()
target = [a + b for a, b in zip(theta_0, cotangent)]
results = {
    'first loss': float(jax.jit(loss_of)(theta_0, pixels)),
    'norm of the gradient by the images': float(jnp.sqrt((image_gradient() ** 2).sum())),
}
functions = [unrolled(False), unrolled(True)]
fastest = convnet.faster(functions, (pixels, step_size))
run = functions[fastest]
convnet.introduce(results, precision, [', keeping activations', ', computing activations again'][fastest])
for _ in sys.stdin:
    start = time.perf_counter()
    for _ in range(repeats):
        jax.block_until_ready(run(pixels, step_size))
    convnet.answer(stepMs=1000 * (time.perf_counter() - start) / (steps * repeats))
convnet.answer_peak()
