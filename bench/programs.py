"""The programs that are measured, and the ways to run them: Gradus and its peers."""

import json
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from processes import Failed, Launch, measure, run

PEERS_BENCH = Path(__file__).resolve().parent / "peers" / "peers_bench.py"
COMPILER = re.compile(rb"clang version [0-9.]+|GCC: \([^)\0]*\) [0-9.]+")


class Gradus:
    """The command under test, and bench/growth.c for networks of any width and depth."""

    def __init__(self, build, threads):
        self.command = str(build / "gradus")
        self.growth = str(build / "bench" / "growth")
        self.threads = threads
        self.version = run(self.command, "--version").output.strip().splitlines()[0]

    def launch(self, arguments, seconds, threads=None, before=()):
        """`threads`: None for those of the whole benchmark, 0 for those that Gradus takes by itself. `before`: words
        before the command, which limit it."""
        asked = self.threads if threads is None else threads
        return Launch((*before, self.command, "bench", *arguments, "--seconds", str(seconds), "--json",
                       *(("--threads", str(asked)) if asked else ())))

    def bench(self, arguments, seconds):
        return measure(self.launch(arguments, seconds))

    def grow(self, arguments, seconds):
        return measure(Launch((self.growth, *arguments, "--threads", str(self.threads), "--seconds", str(seconds))))

    def first_step_ms(self):
        return run(self.growth, "mlp", "--threads", str(self.threads), "--seconds", "0").wall_ms

    def compiler(self):
        """The compiler that built the command, which leaves its name there."""
        try:
            names = sorted(set(COMPILER.findall(Path(self.command).read_bytes())))
        except OSError:
            return None
        return names[-1].decode().replace("GCC:", "GCC") if names else None  # a "clang" is after "GCC"

    def onednn(self):
        """The version of oneDNN that the command loads, from the name of its file; None without it."""
        try:
            found = re.search(r"libdnnl\.so\S* => (\S+)", run("ldd", self.command).output)
        except Failed:
            return None
        return Path(found[1]).resolve().name.partition(".so.")[2] if found else None


RUNTIMES = {"eager": "", "jit": "optimize_for_inference", "compile": "torch.compile", "onnxruntime": "ONNX Runtime",
            "openvino": "OpenVINO"}


@dataclass(frozen=True)
class Setting:
    """One way to run a peer."""
    threads: int
    passive: bool = False         # OpenMP's threads sleep while they wait
    channels_last: bool = False   # the memory format of pictures and filters
    runtime: str = "eager"

    @property
    def text(self):
        return ", ".join(filter(None, [
            RUNTIMES[self.runtime], f"{self.threads} thread" + ("s" if self.threads > 1 else ""),
            "passive waiting" if self.passive else "", "channels-last" if self.channels_last else ""]))

    @property
    def torch(self):
        return self.runtime not in ("onnxruntime", "openvino")

    @property
    def variables(self):
        # Debian's PyTorch has two thread pools, libgomp's and OpenBLAS's own, which fight over the same cores and
        # lose up to seven times the speed, unless OpenBLAS has one thread or both pools sleep.
        found = {"OMP_NUM_THREADS": str(self.threads), "OPENBLAS_NUM_THREADS": "1"}
        if self.passive:
            found.update(OPENBLAS_NUM_THREADS=str(self.threads), OMP_WAIT_POLICY="passive")
        return found


class Peers:
    """PyTorch, and with it what else the same Python has: ONNX Runtime and OpenVINO."""

    def __init__(self, python, threads, compile_limit_s, cache):
        self.python = python
        self.versions = json.loads(run(python, str(PEERS_BENCH), "--versions").output)
        self.threads = threads
        self.compile_limit_s = compile_limit_s if shutil.which("g++") and self.modern else 0
        self.cache = str(cache)  # what torch.compile makes, which later runs find there

    @property
    def modern(self):
        return int(self.versions["PyTorch"].partition(".")[0]) >= 2

    def settings(self, runtimes):
        """Those that are tried first, for some runtimes."""
        for runtime in runtimes:
            plain = Setting(self.threads, runtime=runtime)
            if RUNTIMES[runtime] in ("ONNX Runtime", "OpenVINO") and RUNTIMES[runtime] not in self.versions:
                continue
            yield plain
            if plain.torch:
                yield replace(plain, passive=True)
            if self.threads > 1:
                yield replace(plain, threads=1)

    def launch(self, arguments, setting, seconds, longest_s=None):
        command = [self.python, str(PEERS_BENCH), *arguments, "--seconds", str(seconds), "--runtime", setting.runtime,
                   "--threads", str(setting.threads)]
        if setting.channels_last:
            command.append("--channels-last")
        variables = dict(setting.variables, TORCHINDUCTOR_CACHE_DIR=self.cache)
        return Launch(tuple(command), variables, **({"longest_s": longest_s} if longest_s else {}))

    def bench(self, arguments, setting, seconds, longest_s=None):
        return measure(self.launch(arguments, setting, seconds, longest_s))

    def import_ms(self):
        return run(self.python, "-c", "import torch").wall_ms

    def first_step_ms(self):
        return run(self.python, str(PEERS_BENCH), "mlp", "--warmup", "0", "--steps", "1").wall_ms
