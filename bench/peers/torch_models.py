"""The named workloads of `gradus bench`, written for PyTorch: same layers, same batch, same update rule.

Weights are random and so is the data: only the time of a step is asked for. The number of parameters of each is the
same on both sides, which is how a difference between the two networks would show.
"""

import torch
from torch import nn


def mlp():
    """784-256-10."""
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))


def cnn():
    """Two convolutions of 3x3 that keep the size, each halved by pooling, and two dense layers, on (1, 28, 28)."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10))


def lenet():
    """LeNet-5 (LeCun et al. 1998) with every map connected and softmax at the end, on (1, 32, 32)."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(16 * 5 * 5, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def alexnet():
    """AlexNet (Krizhevsky et al. 2012) in one tower, without local response normalisation, on (3, 227, 227)."""
    return nn.Sequential(
        nn.Conv2d(3, 96, 11, stride=4), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
        nn.Conv2d(96, 256, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
        nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(inplace=True),
        nn.Conv2d(384, 384, 3, padding=1), nn.ReLU(inplace=True),
        nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
        nn.Flatten(),
        nn.Linear(256 * 6 * 6, 4096), nn.ReLU(inplace=True), nn.Dropout(0.5),
        nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(4096, 1000))


def vgg_features(plan, batch_norm):
    """The convolutions of VGG: a number is a 3x3 convolution with so many filters, "M" a 2x2 pooling."""
    layers, channels = [], 3
    for item in plan:
        if item == "M":
            layers.append(nn.MaxPool2d(2))
            continue
        layers.append(nn.Conv2d(channels, item, 3, padding=1, bias=not batch_norm))
        if batch_norm:
            layers.append(nn.BatchNorm2d(item))
        layers.append(nn.ReLU(inplace=True))
        channels = item
    return layers


def vgg11():
    """VGG-A (Simonyan and Zisserman 2014) with batch norm, on (3, 32, 32): 512 numbers remain, one dense layer."""
    plan = [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"]
    return nn.Sequential(*vgg_features(plan, batch_norm=True), nn.Flatten(), nn.Linear(512, 10))


def vgg16():
    """VGG-D as published, on (3, 224, 224)."""
    plan = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]
    return nn.Sequential(
        *vgg_features(plan, batch_norm=False), nn.Flatten(),
        nn.Linear(512 * 7 * 7, 4096), nn.ReLU(inplace=True), nn.Dropout(0.5),
        nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(4096, 1000))


class Residual(nn.Module):
    """relu(branch(x) + shortcut(x)) (He et al. 2015); the shortcut projects where shapes differ."""

    def __init__(self, branch, channels_in, channels_out, stride):
        super().__init__()
        self.branch = branch
        self.shortcut = nn.Identity()
        if stride != 1 or channels_in != channels_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride=stride, bias=False), nn.BatchNorm2d(channels_out))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.branch(x) + self.shortcut(x))


def basic(channels_in, width, stride):
    branch = nn.Sequential(
        nn.Conv2d(channels_in, width, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))
    return Residual(branch, channels_in, width, stride), width


def bottleneck(channels_in, width, stride):
    """The stride is at the 3x3 convolution, as torchvision has it."""
    branch = nn.Sequential(
        nn.Conv2d(channels_in, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
        nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width))
    return Residual(branch, channels_in, 4 * width, stride), 4 * width


def resnet(block, depths, classes, small):
    """`small`: a 3x3 stem without pooling, for pictures of 32x32."""
    if small:
        layers = [nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    else:
        layers = [nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True),
                  nn.MaxPool2d(3, stride=2, padding=1)]
    channels = 64
    for stage, depth in enumerate(depths):
        for i in range(depth):
            layer, channels = block(channels, 64 << stage, 2 if stage > 0 and i == 0 else 1)
            layers.append(layer)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


def resnet18():
    return resnet(basic, [2, 2, 2, 2], 10, small=True)


def resnet18_large():
    return resnet(basic, [2, 2, 2, 2], 1000, small=False)


def resnet50():
    return resnet(bottleneck, [3, 4, 6, 3], 1000, small=False)


class LanguageModel(nn.Module):
    """Predicts the next of 65 characters: embedding 128, an LSTM of two layers of 256, a dense layer."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(65, 128)
        self.lstm = nn.LSTM(128, 256, num_layers=2)
        self.dense = nn.Linear(256, 65)

    def forward(self, tokens):
        # tokens is (time, batch), the order PyTorch's LSTM prefers
        hidden, _ = self.lstm(self.embedding(tokens))
        return self.dense(hidden).flatten(0, 1)


class GPTLayer(nn.Module):
    """A layer of GPT-2: attention and a perceptron, each behind a norm and beside a shortcut."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.attn_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.c_fc, self.mlp_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        batch, time, width = x.shape
        parts = self.c_attn(self.ln_1(x)).split(width, 2)
        q, k, v = (part.view(batch, time, self.heads, width // self.heads).transpose(1, 2) for part in parts)
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attn_proj(y.transpose(1, 2).reshape(batch, time, width))
        return x + self.mlp_proj(nn.functional.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class GPT(nn.Module):
    """GPT-2 over 65 characters, whose table of words is also the last layer."""

    def __init__(self, places, width, depth, heads):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(65, width), nn.Embedding(places, width)
        self.layers = nn.Sequential(*(GPTLayer(width, heads) for _ in range(depth)))
        self.ln_f = nn.LayerNorm(width)

    def forward(self, tokens):
        x = self.layers(self.wte(tokens) + self.wpe.weight)
        return nn.functional.linear(self.ln_f(x), self.wte.weight).flatten(0, 1)


# PyTorch 2 has update rules in one pass over memory, which are faster.
FUSED = {"fused": True} if int(torch.__version__.partition(".")[0]) >= 2 else {}


def adam(parameters):
    return torch.optim.Adam(parameters, lr=1e-3, **FUSED)


def adamw(parameters):
    return torch.optim.AdamW(parameters, lr=1e-3, **FUSED)


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9, **FUSED)


def inputs(*shape, classes):
    """A function of the batch size: random inputs of a shape, and random labels."""
    return lambda batch: (torch.randn(batch, *shape), torch.randint(classes, (batch,)))


def sentences(batch):
    return torch.randint(65, (64, batch)), torch.randint(65, (64 * batch,))


def texts(places):
    return lambda batch: (torch.randint(65, (batch, places)), torch.randint(65, (places * batch,)))


# name: (network, data, batch, update rule; None: inference)
WORKLOADS = {
    "mlp": (mlp, inputs(784, classes=10), 64, adam),
    "cnn": (cnn, inputs(1, 28, 28, classes=10), 64, adam),
    "lenet": (lenet, inputs(1, 32, 32, classes=10), 64, momentum),
    "alexnet": (alexnet, inputs(3, 227, 227, classes=1000), 32, momentum),
    "vgg11": (vgg11, inputs(3, 32, 32, classes=10), 64, momentum),
    "vgg16": (vgg16, inputs(3, 224, 224, classes=1000), 8, momentum),
    "resnet18": (resnet18, inputs(3, 32, 32, classes=10), 64, momentum),
    "resnet50": (resnet50, inputs(3, 224, 224, classes=1000), 16, momentum),
    "lstm": (LanguageModel, sentences, 32, adam),
    "gpt": (lambda: GPT(64, 128, 4, 4), texts(64), 12, adamw),
    "gpt-large": (lambda: GPT(256, 384, 6, 6), texts(256), 16, adamw),
    "resnet18-infer": (resnet18_large, inputs(3, 224, 224, classes=1000), 1, None),
    "mlp-infer": (mlp, inputs(784, classes=10), 1, None),
}
