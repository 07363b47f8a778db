"""The loops of DC and DM in float64 PyTorch, from draws that were made elsewhere. Reads a file of JSON, prints JSON."""
import json
import sys
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
given = json.load(open(sys.argv[1]))
shapes = given["shapes"]
tensor = lambda numbers, shape: torch.tensor(numbers).reshape(shape)
real = tensor(given["real"], [-1, 8, 8, 3]).permute(0, 3, 1, 2)
X = tensor(given["synthetic"], [-1, 8, 8, 3]).permute(0, 3, 1, 2).contiguous().requires_grad_()
labels = torch.tensor(given["labels"])
classes = range(int(labels.max()) + 1)
optimiser = torch.optim.SGD([X], lr=given["pixelRate"], momentum=0.5)


def parts(theta):
    sizes = [int(torch.tensor(shape).prod()) for shape in shapes]
    return [part.reshape(shape) for part, shape in zip(theta.split(sizes), shapes)]


def features(params, x):
    weight, bias, gamma, beta = params[:4]
    x = F.conv2d(x, weight, bias, padding=1)
    x = F.group_norm(x, weight.shape[0], gamma, beta)
    return F.avg_pool2d(F.relu(x), 2).flatten(1)


def loss(params, x, y):
    return F.cross_entropy(F.linear(features(params, x), params[4], params[5]), y)


def network(numbers):
    return [part.requires_grad_() for part in parts(torch.tensor(numbers))]


def distance(a, b):
    if a.dim() == 1:
        return 0
    a, b = a.flatten(1), b.flatten(1)
    return (1 - (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1) + 1e-6)).sum()


def of_class(c):
    return X[labels == c], torch.full((int((labels == c).sum()),), c)


def gradient_loss(params, draws):
    total = 0
    for c in classes:
        x, y = real[draws[c]], torch.full((len(draws[c]),), c)
        goal = torch.autograd.grad(loss(params, x, y), params)
        ours = torch.autograd.grad(loss(params, *of_class(c)), params, create_graph=True)
        total = total + sum(distance(a, b.detach()) for a, b in zip(ours, goal))
    return total


def distribution_loss(params, draws):
    means = lambda x: features(params, x).mean(0)
    return sum(((means(real[draws[c]]) - means(of_class(c)[0])) ** 2).sum() for c in classes)


def train(params, epochs):
    sgd = torch.optim.SGD(params, lr=given["learningRate"])
    for chunks in epochs:
        for chunk in chunks:
            sgd.zero_grad()
            loss(params, X.detach()[chunk], labels[chunk]).backward()
            sgd.step()


objective = {"dc": gradient_loss, "dm": distribution_loss}[given["method"]]
found = []
for one in given["networks"]:
    params = network(one["theta"])
    for step in one["steps"]:
        train(params, step["training"])
        value = objective(params, step["real"])
        optimiser.zero_grad()
        X.grad = torch.autograd.grad(value, X)[0]
        optimiser.step()
        images = X.detach().permute(0, 2, 3, 1).flatten().tolist()
        found.append({"loss": float(value), "images": images})
print(json.dumps(found))
