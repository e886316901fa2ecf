"""Runs the programs that are measured, one at a time, and says what each took."""

import json
import os
import re
import subprocess
import tempfile
import threading
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
    peak_memory_mb: float  # largest resident set, as the kernel counted it, in MB of 10^6 bytes


def run(command, variables=None, longest_s=LONGEST_S):
    """Runs a command to its end, with no variable of a thread pool in its environment but the given ones."""
    environment = {k: v for k, v in os.environ.items() if not THREAD_VARIABLE.match(k)}
    environment.update(variables or {})
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        begin = time.perf_counter()
        try:
            process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        except OSError as error:
            raise Failed(f"{command[0]}: {error.strerror}") from error
        timer = threading.Timer(longest_s, process.kill)
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            timer.cancel()
        wall_ms = (time.perf_counter() - begin) * 1e3
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            said = errors.read().strip().splitlines()
            reason = said[-1] if said else f"{Path(command[0]).name} ended with status {process.returncode}"
            if wall_ms >= longest_s * 1e3:
                reason = f"stopped after {longest_s} s"
            raise Failed(reason)
        return Result(output.read(), wall_ms, usage.ru_maxrss * 1024 / 1e6)


def run_json(command, variables=None):
    """The object that a benchmark prints, with the peak memory as the kernel counted it: the same gauge for both."""
    result = run(command, variables)
    try:
        found = json.loads(result.output)
        found["ms_per_step"] = float(found["ms_per_step"])
    except (ValueError, KeyError, TypeError) as error:
        raise Failed(f"{Path(command[0]).name} printed no JSON object with ms_per_step") from error
    found["reported_memory_mb"] = found.get("peak_memory_mb")
    found["peak_memory_mb"] = result.peak_memory_mb
    found["wall_ms"] = result.wall_ms
    return found


class Gradus:
    """The command under test."""

    def __init__(self, command, threads):
        self.command = str(command)
        self.threads = threads
        self.version = run([self.command, "--version"]).output.strip().splitlines()[0]
        self.options = set(re.findall(r"--[a-z][a-z-]*", run([self.command, "bench", "--help"]).output))

    def bench(self, arguments, seconds):
        command = [self.command, "bench", *arguments, "--threads", str(self.threads), "--json"]
        if "--seconds" in self.options:
            command += ["--seconds", str(seconds)]
        return run_json(command)


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
        self.threads = threads
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
