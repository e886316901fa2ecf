"""Runs the programs that are measured: one at a time, several at once, or beside programs that keep the cores busy."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

LONGEST_S = 300
THREAD_VARIABLE = re.compile(r"^(OMP|GOMP|KMP|MKL|OPENBLAS|GOTO|DNNL|ONEDNN)_")
# Ends by itself: after so many seconds, or when the program that started it is gone.
BUSY_LOOP = """
import os, sys, time
end, parent = time.monotonic() + float(sys.argv[1]), int(sys.argv[2])
while time.monotonic() < end and os.getppid() == parent:
    for _ in range(100000):
        pass
"""


class Failed(Exception):
    """A program did not do what it should; the text is a sentence."""


@dataclass(frozen=True)
class Launch:
    """A command, and the variables of thread pools that it gets: no others are in its environment."""
    command: tuple
    variables: dict = field(default_factory=dict)
    longest_s: float = LONGEST_S


@dataclass(frozen=True)
class Result:
    output: str
    wall_ms: float


class Program:
    """A launched program."""

    def __init__(self, launch):
        environment = {k: v for k, v in os.environ.items() if not THREAD_VARIABLE.match(k)}
        environment.update(launch.variables)
        self.end = time.monotonic() + launch.longest_s
        self.longest_s = launch.longest_s
        self.output, self.errors = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        self.begin = time.perf_counter()
        try:
            # A process group of its own, so that all of it can be ended, but no session of its own: Linux may divide
            # the cores among sessions first, and then programs in company do not share them thread by thread.
            self.process = subprocess.Popen(launch.command, env=environment, stdin=subprocess.DEVNULL,
                                            stdout=self.output, stderr=self.errors, preexec_fn=os.setpgrp)
        except OSError as error:
            raise Failed(f"{launch.command[0]}: {error.strerror}") from error

    def stop(self):
        """Ends it, if it has not ended."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def finish(self):
        """Waits for the end."""
        try:
            self.process.wait(max(self.end - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            self.stop()
            raise Failed(f"stopped after {self.longest_s:g} s") from None
        except BaseException:
            self.stop()
            raise
        wall_ms = (time.perf_counter() - self.begin) * 1e3
        self.output.seek(0)
        self.errors.seek(0)
        if self.process.returncode != 0:
            said = [line for line in self.errors.read().splitlines() if line.strip()]
            # Python says what is wrong last, after where; other programs say it first.
            raise Failed((said[-1] if said[0].startswith("Traceback") else said[0]) if said
                         else f"ended with status {self.process.returncode}")
        return Result(self.output.read(), wall_ms)


def run(*command):
    return Program(Launch(command)).finish()


def measure_together(launches):
    """The objects that benchmarks print which run at the same time.

    The shell between us and each is there for the peak memory: a process that comes straight from this one would
    count our own memory, which it has for a moment before it becomes another program, as its peak.
    """
    programs = []
    try:
        for launch in launches:
            programs.append(Program(Launch(("/bin/sh", "-c", '"$@"; exit $?', "sh", *launch.command),
                                           launch.variables, launch.longest_s)))
        return [read_object(program.finish()) for program in programs]
    finally:
        for program in programs:
            program.stop()


def read_object(result):
    try:
        found = json.loads(result.output)
        found["ms_per_step"] = float(found["ms_per_step"])
    except (ValueError, KeyError, TypeError) as error:
        raise Failed("it printed no JSON object with ms_per_step") from error
    found["wall_ms"] = result.wall_ms
    return found


def measure(launch):
    return measure_together([launch])[0]


@contextmanager
def busy_programs(count):
    """So many programs that keep a core busy each, for as long as the block runs."""
    command = (sys.executable, "-I", "-S", "-c", BUSY_LOOP, str(LONGEST_S), str(os.getpid()))
    programs = []
    try:
        for _ in range(count):
            programs.append(Program(Launch(command)))
        yield
    finally:
        for program in programs:
            program.stop()
