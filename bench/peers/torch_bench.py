#!/usr/bin/env python3
"""Measures PyTorch at a workload of `gradus bench`, and prints one JSON object with the same keys.

    torch_bench.py NAME [--batch N] [--threads N] [--steps N | --seconds S] [--channels-last]
                   [--precision f32|bf16] [--eager]

A step is forward, backward and update, or the forward pass alone for the workloads that end in -infer. Inference is
frozen by torch.jit.optimize_for_inference unless --eager is given. The thread pools read OMP_NUM_THREADS,
OPENBLAS_NUM_THREADS and OMP_WAIT_POLICY; --threads sets those of the first two that are not set.
"""

import argparse
import json
import os
import statistics
import sys
import time

START = time.perf_counter()
FEWEST_STEPS = 2


def parse_arguments():
    parser = argparse.ArgumentParser(description="Measures PyTorch at a workload of `gradus bench`.")
    parser.add_argument("name", help="mlp, cnn, lenet, alexnet, vgg11, vgg16, resnet18, resnet50, lstm, "
                        "resnet18-infer or mlp-infer")
    parser.add_argument("--batch", type=int, help="samples a step (default: the workload's)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, help="time so many steps")
    parser.add_argument("--seconds", type=float, default=2.0, help="or as many as fit in this time (default: 2)")
    parser.add_argument("--warmup", type=int, default=3, help="steps before, at most, untimed (default: 3)")
    parser.add_argument("--channels-last", action="store_true", help="memory format of pictures and filters")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--eager", action="store_true", help="inference without optimize_for_inference")
    return parser.parse_args()


def peak_memory_mb():
    """The largest resident set of this program image so far (VmHWM), in MB of 2^20 bytes."""
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return None


def make_step(torch, given, model, data, update_rule):
    """A function without arguments that makes one step."""
    picture, label = data
    if given.channels_last and picture.dim() == 4:
        model = model.to(memory_format=torch.channels_last)
        picture = picture.contiguous(memory_format=torch.channels_last)
    bf16 = given.precision == "bf16"

    def forward():
        if not bf16:
            return model(picture)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return model(picture)

    if update_rule is None:
        model.eval()
        if not given.eager:
            with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16, cache_enabled=False):
                model = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, picture)))

        def infer():
            with torch.inference_mode():
                forward()
        return infer

    optimizer = update_rule(model.parameters())
    loss_of = torch.nn.CrossEntropyLoss()

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss_of(forward().float(), label).backward()
        optimizer.step()
    return train


def time_steps(step, given):
    """Milliseconds of each timed step."""
    begin = time.perf_counter()
    for _ in range(given.warmup):
        step()
        if time.perf_counter() - begin > max(given.seconds, 0.1):
            break
    times = []
    begin = time.perf_counter()
    while True:
        before = time.perf_counter()
        step()
        now = time.perf_counter()
        times.append((now - before) * 1e3)
        if given.steps is not None:
            if len(times) >= given.steps:
                return times
        elif now - begin >= given.seconds and len(times) >= FEWEST_STEPS:
            return times


def main():
    given = parse_arguments()
    # Before the import: the libraries read these once, when they are loaded.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, str(given.threads))
    sys.dont_write_bytecode = True  # leave the source tree as it is
    try:
        import torch
        import torch_models
    except ImportError as error:
        sys.exit(f"torch_bench: {error}")
    import_ms = (time.perf_counter() - START) * 1e3
    if given.name not in torch_models.WORKLOADS:
        sys.exit(f"torch_bench: there is no workload '{given.name}'; there are {', '.join(torch_models.WORKLOADS)}")

    # Debian's PyTorch runs on any BLAS, the plain reference one too, which is ten times slower: no fair peer.
    with open("/proc/self/maps") as maps:
        if not any(name in line for line in maps for name in ("openblas", "mkl_rt", "libblis")):
            sys.exit("torch_bench: PyTorch has no fast BLAS here; install libopenblas0-pthread")

    torch.manual_seed(1)
    network, data, batch, update_rule = torch_models.WORKLOADS[given.name]
    batch = given.batch or batch
    model = network()
    parameters = sum(p.numel() for p in model.parameters())
    times = time_steps(make_step(torch, given, model, data(batch), update_rule), given)
    ms = statistics.median(times)
    print(json.dumps({
        "workload": given.name,
        "batch": batch,
        "threads": torch.get_num_threads(),
        "precision": given.precision,
        "ms_per_step": ms,
        "samples_per_s": batch * 1e3 / ms,
        "peak_memory_mb": peak_memory_mb(),
        "parameters": parameters,
        "steps": len(times),
        "fastest_ms": min(times),
        "import_ms": import_ms,
        "channels_last": given.channels_last,
        "optimize_for_inference": update_rule is None and not given.eager,
        "version": torch.__version__,
    }))


if __name__ == "__main__":
    main()
