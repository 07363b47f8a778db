"""PyTorch's half of student-step.ts: the same step, differentiated the way the method's authors do it.

A process for one configuration: width, channels, size, batch, steps, repeats, depth, classes, step size. Says when it is
ready, then times a round for each line it is sent, and reports its peak memory when there are no more. A line of JSON an
answer.
"""

import sys
import time

import torch
import torch.nn.functional as F

import convnet

width, channels, size, batch, steps, repeats, depth, classes = map(int, sys.argv[1:9])
step_size = float(sys.argv[9])


def network(theta, x):
    parts = torch.split(theta, lengths)
    parameters = [part.view(shape) for part, shape in zip(parts, shapes)]
    return convnet.network(parameters, x, depth)


def unrolled():
    """The whole problem: `steps` SGD steps with the graph kept, a distance, and back to images and step size."""
    images = pixels.clone().requires_grad_()
    alpha = torch.tensor(step_size, device=convnet.device, requires_grad=True)
    theta = theta_0.clone().requires_grad_()
    for _ in range(steps):
        loss = F.cross_entropy(network(theta, images), labels)
        (gradient,) = torch.autograd.grad(loss, theta, create_graph=True)
        theta = theta - alpha * gradient
    F.mse_loss(theta, target, reduction='sum').backward()


def image_gradient():
    """What comes back to the images through one step from a cotangent of its result."""
    images = pixels.clone().requires_grad_()
    theta = theta_0.clone().requires_grad_()
    loss = F.cross_entropy(network(theta, images), labels)
    (gradient,) = torch.autograd.grad(loss, theta, create_graph=True)
    (back,) = torch.autograd.grad(((theta - step_size * gradient) * (target - theta_0)).sum(), images)
    return back


initial = convnet.initial_parameters(width, channels, size, depth, classes)
shapes = [parameter.shape for parameter in initial]
lengths = [parameter.numel() for parameter in initial]
theta_0 = torch.cat([parameter.reshape(-1) for parameter in initial])
target = theta_0 + convnet.hash_fill(2000, 1e-3, theta_0.shape)
pixels = convnet.pixels(batch, size, channels)
labels = torch.arange(batch, device=convnet.device) % classes

with torch.no_grad():
    first_loss = F.cross_entropy(network(theta_0, pixels), labels).item()
results = {'first loss': first_loss, 'norm of the gradient by the images': image_gradient().norm().item()}
unrolled()
convnet.introduce(results)
for _ in sys.stdin:
    start = time.perf_counter()
    for _ in range(repeats):
        unrolled()
    convnet.wait()
    convnet.answer(stepMs=1000 * (time.perf_counter() - start) / (steps * repeats))
convnet.answer_peak()
