"""Trains two small networks with PyTorch, 20 steps of each rule, and writes down everything that another program needs
to do the same: torch_steps.py DIRECTORY makes mlp.safetensors and cnn.safetensors there.

Tensors: x (20, N, ...), label (20, N), init.<name>, and for each rule <rule>.loss (20) and <rule>.<name>.
"""
import json
import struct
import sys

import torch
from torch import nn

STEPS, BATCH = 20, 16


def mlp():
    return nn.Sequential(), [
        ("fc1", nn.Linear(20, 32)), ("act1", nn.ReLU()),
        ("fc2", nn.Linear(32, 16)), ("act2", nn.Tanh()),
        ("fc3", nn.Linear(16, 5)),
    ]


def cnn():
    return nn.Sequential(), [
        ("conv1", nn.Conv2d(2, 8, 3, padding=1, bias=False)), ("bn1", nn.BatchNorm2d(8)), ("act1", nn.ReLU()),
        ("pool1", nn.MaxPool2d(2)),
        ("conv2", nn.Conv2d(8, 16, 3, padding=1, bias=False)), ("bn2", nn.BatchNorm2d(16)), ("act2", nn.ReLU()),
        ("pool2", nn.AvgPool2d(2)),
        ("flat", nn.Flatten()), ("fc", nn.Linear(16 * 2 * 2, 5)),
    ]


RULES = {
    "gradient_descent": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.005),
    "adam": lambda p: torch.optim.Adam(p, lr=0.005),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.005, weight_decay=0.1),
}


def state_of(net):
    return {k: v.detach().clone() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}


def make(builder, seed):
    torch.manual_seed(seed)
    net, layers = builder()
    for name, layer in layers:
        net.add_module(name, layer)
    return net


def train(builder, x, label, rule):
    net = make(builder, 1)
    net.train()
    optimizer = rule(net.parameters())
    losses = []
    for i in range(STEPS):
        loss = nn.functional.cross_entropy(net(x[i]), label[i])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses), state_of(net)


def write(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        tensor = tensor.contiguous().float()
        raw = struct.pack("<%df" % tensor.numel(), *tensor.flatten().tolist())
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def main(directory):
    torch.set_num_threads(1)
    for name, builder, shape in (("mlp", mlp, (20,)), ("cnn", cnn, (2, 8, 8))):
        torch.manual_seed(7)
        x, label = torch.randn(STEPS, BATCH, *shape), torch.randint(0, 5, (STEPS, BATCH))
        tensors = {"x": x, "label": label}
        tensors.update({"init." + k: v for k, v in state_of(make(builder, 1)).items()})
        for rule, optimizer in RULES.items():
            losses, final = train(builder, x, label, optimizer)
            tensors[rule + ".loss"] = losses
            tensors.update({rule + "." + k: v for k, v in final.items()})
        write("%s/%s.safetensors" % (directory, name), tensors)


main(sys.argv[1])
