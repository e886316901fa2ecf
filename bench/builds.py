#!/usr/bin/env python3
"""Compares builds of Gradus: other compilers, other versions of oneDNN, none. Prints one Markdown table.

    bench/builds.py NAME=COMMAND … [--workload NAME …] [--precision P …] [--threads N] [--seconds S] [--rounds N]

COMMAND is what stands before `bench`: the path of a `gradus`, or several words, such as `chroot DIR /build/gradus`.
Runs of all builds alternate; each number is the median of the rounds, and in brackets how many times as long it is as
that of the first build.

    bench/builds.py "gcc, oneDNN 2.6=build/gradus" "clang=build-clang/gradus" "oneDNN 3.7=chroot /srv/trixie /gradus"
"""

import argparse
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # leave the source tree as it is

from common import median_of, say
from document import NOTHING, number, table
from processes import Failed, Launch, measure

WORKLOADS = ["mlp", "cnn", "lstm", "vgg11", "resnet18", "resnet18-infer"]
PRECISIONS = ["f32", "bf16"]


class Build:
    """One build; `before` is its command as words. What it chose by timing is kept for it alone, in a folder whose name
    is the same inside a changed root."""

    def __init__(self, text, cache):
        self.name, found, command = text.partition("=")
        self.before = tuple(shlex.split(command))
        if not found or not self.name or not self.before:
            sys.exit(f"bench/builds.py: '{text}' is not NAME=COMMAND")
        self.variables = {"GRADUS_CACHE": cache}

    def bench(self, arguments, seconds):
        return measure(Launch((*self.before, "bench", *arguments, "--seconds", str(seconds), "--json"),
                              self.variables))


def measure_workload(builds, arguments, given):
    """The median of each build, or a sentence."""
    runs = {build.name: [] for build in builds}
    failed = {}
    for done in range(given.rounds + 1):
        for build in builds:
            if build.name in failed:
                continue
            try:
                # The first round only chooses kernels.
                measured = build.bench(arguments, given.seconds if done > 0 else 0)
                runs[build.name] += [measured] if done > 0 else []
            except Failed as failure:
                failed[build.name] = str(failure)
                say(f"    {build.name}: {failure}")
    return [failed.get(build.name) or median_of(runs[build.name], "ms_per_step") for build in builds]


def cells(measured):
    """Times, with their ratio to the first."""
    first = measured[0]
    for i, ms in enumerate(measured):
        if isinstance(ms, str):
            yield NOTHING
        elif i == 0 or isinstance(first, str):
            yield number(ms)
        else:
            yield f"{number(ms)} ({number(ms / first)})"


def parse_arguments():
    parser = argparse.ArgumentParser(description="Compares builds of Gradus.")
    parser.add_argument("build", nargs="+", metavar="NAME=COMMAND")
    parser.add_argument("--workload", action="append", help=f"default: {' '.join(WORKLOADS)}")
    parser.add_argument("--precision", action="append", help=f"default: {' '.join(PRECISIONS)}")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each run (default: 1)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each build (default: 5)")
    return parser.parse_args()


def main():
    given = parse_arguments()
    cache = Path(tempfile.mkdtemp(prefix="gradus-builds-"))
    try:
        builds = [Build(text, str(cache / str(i))) for i, text in enumerate(given.build)]
        rows = []
        for workload in given.workload or WORKLOADS:
            for precision in given.precision or PRECISIONS:
                say(f"{workload}, {precision}")
                arguments = [workload, "--precision", precision, "--threads", str(given.threads)]
                rows.append([f"{workload}, {precision}", *cells(measure_workload(builds, arguments, given))])
    finally:
        shutil.rmtree(cache, ignore_errors=True)
    print(table(["ms a step", *(build.name for build in builds)], rows), end="")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nbench/builds.py: interrupted")
