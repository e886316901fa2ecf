"""Runs the programs that are measured, one at a time."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TORCH_BENCH = Path(__file__).resolve().parent / "peers" / "torch_bench.py"
LONGEST_S = 300
THREAD_VARIABLE = re.compile(r"^(OMP|GOMP|KMP|MKL|OPENBLAS|GOTO|DNNL|ONEDNN)_")


class Failed(Exception):
    """A program did not do what it should; the text is a sentence."""


@dataclass(frozen=True)
class Result:
    output: str
    wall_ms: float


def stop(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def run(command, variables=None, longest_s=LONGEST_S):
    """Runs a command to its end, with no variable of a thread pool in its environment but the given ones."""
    environment = {k: v for k, v in os.environ.items() if not THREAD_VARIABLE.match(k)}
    environment.update(variables or {})
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        begin = time.perf_counter()
        try:
            process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=errors, start_new_session=True)
        except OSError as error:
            raise Failed(f"{command[0]}: {error.strerror}") from error
        try:
            process.wait(longest_s)
        except subprocess.TimeoutExpired:
            stop(process)
            raise Failed(f"stopped after {longest_s} s") from None
        except BaseException:
            stop(process)
            raise
        wall_ms = (time.perf_counter() - begin) * 1e3
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            said = [line for line in errors.read().splitlines() if line.strip()]
            raise Failed(said[0] if said else f"ended with status {process.returncode}")
        return Result(output.read(), wall_ms)


def run_json(command, variables=None):
    """The object that a benchmark prints.

    The shell between us and it is there for the peak memory: a process that comes straight from this one would count
    our own memory, which it has for a moment before it becomes another program, as its peak.
    """
    result = run(["/bin/sh", "-c", '"$@"; exit $?', "sh", *command], variables)
    try:
        found = json.loads(result.output)
        found["ms_per_step"] = float(found["ms_per_step"])
    except (ValueError, KeyError, TypeError) as error:
        raise Failed("it printed no JSON object with ms_per_step") from error
    found["wall_ms"] = result.wall_ms
    return found


class Gradus:
    """The command under test, and bench/growth.c for networks of any width and depth."""

    def __init__(self, command, growth, threads):
        self.command = str(command)
        self.growth = str(growth)
        self.threads = str(threads)
        self.version = run([self.command, "--version"]).output.strip().splitlines()[0]

    def bench(self, arguments, seconds):
        return run_json([self.command, "bench", *arguments, "--threads", self.threads, "--seconds", str(seconds),
                         "--json"])

    def grow(self, arguments, seconds):
        return run_json([self.growth, *arguments, "--threads", self.threads, "--seconds", str(seconds)])

    def first_step_ms(self):
        return run([self.growth, "mlp", "--threads", self.threads, "--seconds", "0"]).wall_ms


@dataclass(frozen=True)
class Setting:
    """One way to run PyTorch."""
    name: str
    variables: tuple
    channels_last: bool = False

    @property
    def text(self):
        return self.name + (", channels-last" if self.channels_last else "")


class Torch:
    """PyTorch, run by the system's own Python."""

    def __init__(self, python, threads):
        self.python = python
        self.version = run([python, "-c", "import torch; print(torch.__version__)"]).output.strip()
        # Debian's build has two thread pools, libgomp's and OpenBLAS's own, which fight over the same cores and lose
        # up to seven times the speed. These are the ways around it; the fastest counts.
        many = str(threads)
        self.thread_settings = [
            Setting(f"{many} threads, OpenBLAS 1", (("OMP_NUM_THREADS", many), ("OPENBLAS_NUM_THREADS", "1"))),
            Setting(f"{many} threads, passive waiting",
                    (("OMP_NUM_THREADS", many), ("OPENBLAS_NUM_THREADS", many), ("OMP_WAIT_POLICY", "passive"))),
            Setting("1 thread", (("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1"))),
        ]

    def bench(self, arguments, setting, seconds):
        command = [self.python, str(TORCH_BENCH), *arguments, "--seconds", str(seconds)]
        if setting.channels_last:
            command.append("--channels-last")
        return run_json(command, dict(setting.variables))

    def import_ms(self):
        return run([self.python, "-c", "import torch"]).wall_ms

    def first_step_ms(self):
        return run([self.python, str(TORCH_BENCH), "mlp", "--warmup", "0", "--steps", "1"],
                   dict(self.thread_settings[0].variables)).wall_ms
