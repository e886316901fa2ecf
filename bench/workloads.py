"""What `make bench` measures, and what it should find."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table: a workload of `gradus bench` beside the same workload of PyTorch."""
    workload: str
    batch: int
    target: float | None = None   # at least so many times faster than PyTorch; None: nothing is promised
    precision: str = "f32"
    pictures: bool = False        # convolutions: PyTorch also tries channels-last
    recompute: bool = False       # gradient checkpointing on our side
    eager: bool = False           # inference beside PyTorch's eager mode alone
    weight: int = 1               # its part of the time, relative to the others

    @property
    def name(self):
        words = [self.workload]
        if self.precision != "f32":
            words.append(self.precision)
        if self.recompute:
            words.append("recompute")
        if self.workload.endswith("-infer"):
            words.append("eager" if self.eager else "best peer")
        return ", ".join(words)

    @property
    def theirs(self):
        """Arguments of peers_bench.py."""
        return [self.workload, "--batch", str(self.batch), "--precision", self.precision]

    @property
    def ours(self):
        """Arguments of `gradus bench`."""
        return self.theirs + (["--recompute"] if self.recompute else [])

    @property
    def runtimes(self):
        """Those of a peer that are tried first; torch.compile then joins in the best setting."""
        return ["jit", "onnxruntime", "openvino"] if self.workload.endswith("-infer") and not self.eager else ["eager"]


ROWS = [
    Row("mlp", 64, 2.6),
    Row("mlp-infer", 1, 10.0, eager=True),
    Row("mlp-infer", 1),
    Row("cnn", 64, 1.8, pictures=True),
    Row("lenet", 64, pictures=True),
    Row("lstm", 32, 2.0, weight=2),
    Row("gpt", 12, 2.0, weight=2),
    Row("gpt", 12, precision="bf16", weight=2),
    Row("gpt-large", 16, 2.0, weight=7),
    Row("gpt-large", 16, 1.33, precision="bf16", weight=6),
    Row("vgg11", 64, 1.9, pictures=True, weight=2),
    Row("vgg11", 64, precision="bf16", pictures=True, weight=2),
    Row("resnet18", 64, 2.0, pictures=True, weight=4),
    Row("resnet18", 64, 2.0, recompute=True, pictures=True, weight=3),
    Row("resnet18", 64, 1.0, precision="bf16", pictures=True, weight=3),
    Row("alexnet", 32, 1.5, pictures=True, weight=4),
    Row("vgg16", 8, 1.5, pictures=True, weight=8),
    Row("resnet50", 16, 1.5, pictures=True, weight=7),
    Row("resnet18-infer", 1, 1.6, pictures=True),
    Row("resnet18-infer", 16, 1.6, pictures=True, weight=2),
]

# Training of these without Winograd, where the share of the FMA peak says how much of the machine is used.
EXACT = ["vgg11", "resnet18", "alexnet", "vgg16", "resnet50"]
EXACT_SHARE = 0.85


@dataclass(frozen=True)
class Sweep:
    """How the time of a step grows with one option of `gradus bench`."""
    workload: str
    option: str                   # "--batch"
    values: tuple


SWEEPS = [
    Sweep("mlp", "--batch", (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)),
    Sweep("cnn", "--batch", (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)),
    Sweep("mlp", "--width", (64, 128, 256, 512, 1024, 2048)),
    Sweep("cnn", "--width", (8, 16, 32, 64, 128)),
    Sweep("mlp", "--depth", (1, 2, 4, 8, 16)),
    Sweep("cnn", "--depth", (1, 2, 4, 8)),
]
SWEEP_LIMIT = 1.3

# In company, one row for each workload: beside so many busy programs, a step takes at most so many times what a fair
# share of the cores allows, in the mean.
COMPANY = [next(row for row in ROWS if row.workload == name and not row.eager)
           for name in dict.fromkeys(row.workload for row in ROWS)]
BUSY = (0, 1, 2, 4)
BUSY_LIMIT = 1.2
# So many trainings at once.
TRAININGS = ("mlp", "cnn", "lstm", "vgg11", "resnet18")
AT_ONCE = (1, 2, 4, 8)
AT_ONCE_LIMIT = 1.25
# Under limits, which the best number of threads bounds.
LIMITED = ("mlp", "cnn", "lstm", "resnet18", "resnet18-infer")
LIMITED_LIMIT = 1.2

# Start of the process to the end of the first step of mlp.
START_MS = 20
