"""JAX's half of expert-epoch.ts and evaluate.ts: training by SGD, or a pass over test images, as one compiled scan.

A process for one workload: its name, its batch, the steps a round, and the precision of products. All images are on the
device from the start. Says when it is ready, then times a round for each line it is sent, and reports its peak memory
when there are no more. A line of JSON an answer.
"""

import sys
import time

import jax
import jax.numpy as jnp
from jax import lax

import convnet_jax as convnet

kind, batch, steps, precision = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
convnet.choose_precision(precision)
depth, classes = 3, 10


def loss_of(parameters, data, chosen):
    images, targets = data
    return convnet.cross_entropy(parameters, images[chosen], targets[chosen], depth)


def order(step):
    """Like any epoch, in an order that is none."""
    return (jnp.arange(batch) * 7 + step * batch) % count


@jax.jit
def train(state, data):
    def update(state, step):
        parameters, velocity = state
        loss, gradient = jax.value_and_grad(loss_of)(parameters, data, order(step))
        velocity = [0.9 * v + g + 5e-4 * p for v, g, p in zip(velocity, gradient, parameters)]
        return ([p - 0.01 * v for p, v in zip(parameters, velocity)], velocity), loss

    return lax.scan(update, state, jnp.arange(steps))


@jax.jit
def test(state, data):
    return lax.scan(lambda state, step: (state, loss_of(state[0], data, order(step))), state, jnp.arange(steps))


count = batch * steps if kind != 'few' else batch
initial = convnet.initial_parameters(128, 3, 32, depth, classes)
state = (initial, [jnp.zeros_like(parameter) for parameter in initial])
images = jnp.asarray(convnet.hash_fill(1000, 1, (count, 32, 32, 3)))
data = (images, jax.nn.one_hot(jnp.arange(count) % classes, classes))
first_loss = float(jax.jit(loss_of)(initial, data, jnp.arange(10)))
run = test if kind == 'test' else train
state, _ = jax.block_until_ready(run(state, data))
convnet.introduce({'first loss': first_loss}, precision)
for _ in sys.stdin:
    start = time.perf_counter()
    state, _ = jax.block_until_ready(run(state, data))
    convnet.answer(stepMs=1000 * (time.perf_counter() - start) / steps)
convnet.answer_peak()
