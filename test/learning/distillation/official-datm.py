"""DATM's loop in float64 PyTorch, from draws that were made elsewhere. Reads a file of JSON, prints JSON."""
import json
import sys
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
given = json.load(open(sys.argv[1]))
shapes, T0, T, T1, I = (given[name] for name in ["shapes", "minStartEpoch", "from", "maxStartEpoch", "until"])
tensor = lambda numbers, shape: torch.tensor(numbers).reshape(shape)
X = tensor(given["images"], [-1, 8, 8, 3]).permute(0, 3, 1, 2).contiguous().requires_grad_()
L = tensor(given["logits"], [len(X), -1]).requires_grad_()
alpha = torch.tensor(given["stepSize"], requires_grad=True)
of_images = torch.optim.SGD([X], lr=given["pixelRate"], momentum=0.5)
of_labels = torch.optim.SGD([L], lr=given["labelRate"], momentum=0.9)
of_alpha = torch.optim.SGD([alpha], lr=given["stepSizeRate"], momentum=0.5)


def logits(theta, x):
    sizes = [int(torch.tensor(shape).prod()) for shape in shapes]
    weight, bias, gamma, beta, *last = [
        part.reshape(shape) for part, shape in zip(theta.split(sizes), shapes)
    ]
    x = F.group_norm(F.conv2d(x, weight, bias, padding=1), weight.shape[0], gamma, beta)
    return F.linear(F.avg_pool2d(F.relu(x), 2).flatten(1), *last)


found = []
for iteration, draw in enumerate(given["draws"]):
    bound = min(T1, T + int((T1 - T) * iteration / I))
    start = T0 + draw["start"][bound - T0 - 1]
    expert = [torch.tensor(numbers) for numbers in given["experts"][draw["trajectory"]]]
    theta = expert[start].clone().requires_grad_()
    goal = expert[start + given["expertEpochs"]]
    for chunk in draw["chunks"]:
        seen = -(F.softmax(L[chunk], 1) * F.log_softmax(logits(theta, X[chunk]), 1)).sum(1).mean()
        theta = theta - alpha * torch.autograd.grad(seen, theta, create_graph=True)[0]
    loss = ((theta - goal) ** 2).sum() / ((expert[start] - goal) ** 2).sum()
    for optimiser in [of_images, of_labels, of_alpha]:
        optimiser.zero_grad()
    loss.backward()
    if loss <= given["maxLoss"]:
        for optimiser in [of_images, of_labels, of_alpha]:
            optimiser.step()
    found.append({
        "loss": float(loss),
        "startEpoch": start,
        "stepSize": float(alpha),
        "labels": L.detach().flatten().tolist(),
        "images": X.detach().permute(0, 2, 3, 1).flatten().tolist(),
    })
print(json.dumps(found))
