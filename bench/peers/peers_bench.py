#!/usr/bin/env python3
"""Measures PyTorch, ONNX Runtime or OpenVINO at a workload of `gradus bench`, and prints one JSON object like its own.

    peers_bench.py NAME [--batch N] [--threads N] [--steps N | --seconds S] [--channels-last]
                   [--precision f32|bf16] [--runtime eager|jit|compile|onnxruntime|openvino]
    peers_bench.py --versions

A step is forward, backward and update, or the forward pass alone for the workloads that end in -infer. Training knows
the runtimes eager and compile (torch.compile). The thread pools read OMP_NUM_THREADS, OPENBLAS_NUM_THREADS and
OMP_WAIT_POLICY; --threads sets those of the first two that are not set.
"""

import argparse
import importlib.metadata
import json
import os
import re
import statistics
import sys
import time

START = time.perf_counter()
FEWEST_STEPS = 2


def parse_arguments():
    parser = argparse.ArgumentParser(description="Measures a peer at a workload of `gradus bench`.")
    parser.add_argument("name", nargs="?", help="mlp, cnn, lenet, alexnet, vgg11, vgg16, resnet18, resnet50, lstm, gpt, "
                        "gpt-large, resnet18-infer or mlp-infer")
    parser.add_argument("--batch", type=int, help="samples a step (default: the workload's)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, help="time so many steps")
    parser.add_argument("--seconds", type=float, default=2.0, help="or as many as fit in this time (default: 2)")
    parser.add_argument("--warmup", type=int, default=3, help="steps before, at most, untimed (default: 3)")
    parser.add_argument("--channels-last", action="store_true", help="memory format of pictures and filters")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--runtime", choices=["eager", "jit", "compile", "onnxruntime", "openvino"], default="eager")
    parser.add_argument("--versions", action="store_true", help="print what is installed, as a JSON object")
    return parser.parse_args()


def versions(torch):
    found = {"PyTorch": torch.__version__.partition("+")[0]}
    onednn = re.search(r"MKL-DNN v([0-9.]+)", torch.__config__.show())
    if onednn:
        found["PyTorch"] += f" (oneDNN {onednn[1]})"
    for title, package in (("ONNX Runtime", "onnxruntime"), ("OpenVINO", "openvino")):
        try:
            found[title] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def peak_memory_mb():
    """The largest resident set of this program image so far (VmHWM), in MB of 2^20 bytes."""
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return None


def time_steps(step, given):
    """Milliseconds of each timed step, and their mean with all that lies between them."""
    if given.warmup > 0:
        step()  # this one also plans, or compiles
    begin = time.perf_counter()
    for _ in range(given.warmup - 1):
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
        enough = now - begin >= given.seconds and len(times) >= FEWEST_STEPS
        if len(times) >= given.steps if given.steps is not None else enough:
            return times, (now - begin) * 1e3 / len(times)


def has_fast_blas(torch):
    """Debian's PyTorch runs on any BLAS, the plain reference one too, which is ten times slower: no fair peer."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        return torch.backends.mkl.is_available() or any(
            name in line for line in maps for name in ("openblas", "mkl_rt", "libblis"))


def main():
    given = parse_arguments()
    # Before the import: the libraries read these once, when they are loaded.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, str(given.threads))
    sys.dont_write_bytecode = True  # leave the source tree as it is
    try:
        import torch
        import runtimes
        import torch_models
    except ImportError as error:
        sys.exit(f"peers_bench: {error}")
    import_ms = (time.perf_counter() - START) * 1e3
    if given.versions:
        print(json.dumps(versions(torch)))
        return
    if given.name not in torch_models.WORKLOADS:
        sys.exit(f"peers_bench: there is no workload '{given.name}'; there are {', '.join(torch_models.WORKLOADS)}")
    if not has_fast_blas(torch):
        sys.exit("peers_bench: PyTorch has no fast BLAS here; install libopenblas0-pthread")

    torch.manual_seed(1)
    network, data, batch, update_rule = torch_models.WORKLOADS[given.name]
    batch = given.batch or batch
    model = network()
    parameters = sum(p.numel() for p in model.parameters())
    times, mean = time_steps(runtimes.make_step(given, model, data(batch), update_rule), given)
    ms = statistics.median(times)
    print(json.dumps({
        "workload": given.name,
        "batch": batch,
        "threads": given.threads,
        "precision": given.precision,
        "runtime": given.runtime,
        "channels_last": given.channels_last,
        "parameters": parameters,
        "ms_per_step": ms,
        "mean_ms_per_step": mean,
        "samples_per_s": batch * 1e3 / ms,
        "peak_memory_mb": peak_memory_mb(),
        "steps": len(times),
        "fastest_ms": min(times),
        "import_ms": import_ms,
    }))


if __name__ == "__main__":
    main()
