#!/usr/bin/env python3
"""Measures every workload of `gradus bench` next to its peers, and writes docs/benchmarks.md.

    bench/run.py BUILD [--minutes M] [--only NAME …] [--quick] [--output FILE] [--json FILE]

BUILD is the directory with `gradus` and `bench/growth` (make bench builds both). The peers are PyTorch, and for
inference ONNX Runtime and OpenVINO, from build/peers (make peers), else PyTorch from the system's Python. For each
workload a short pilot finds the peers' best setting; then runs of both alternate, at least five of each, and their
medians count. The document is written when all is measured, so an interruption leaves the old one as it is. Without
a peer, Gradus is measured alone.

--only names workloads and parts (alone, company, limits, exact, growth, start): only those parts of those workloads;
nothing is written then unless --output says where. The tables are printed in any case.
"""

import argparse
import datetime
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True  # leave the source tree as it is

import company
import document
import limits
import machine
from processes import Failed
from programs import Gradus, Peers
from rows import Settings, measure_row
from common import median_of, say
from workloads import COMPANY, EXACT, LIMITED, ROWS, SWEEPS, TRAININGS

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "build" / "peers" / "bin" / "python"
# Each part's share of the time, relative to the weight of a row.
PARTS = {"start": 1, "growth": 8, "alone": 0, "exact": 4, "company": 50, "limits": 8}


@dataclass(frozen=True)
class Windows:
    """How long a run measures, in seconds, and how many runs there are."""
    run: float = 1.0
    pilot: float = 0.4
    sweep: float = 0.2
    company: float = 3.0
    limit: float = 2.0
    fewest_rounds: int = 5
    most_rounds: int = 15
    sweep_rounds: int = 3
    company_rounds: int = 3


QUICK = Windows(0.1, 0.05, 0.02, 0.2, 0.2, 1, 1, 1, 1)


class Budget:
    """Divides the time among the parts that are still to come, by their weights."""

    def __init__(self, minutes, weight):
        self.end = time.monotonic() + 60 * minutes
        self.weight = weight

    def share(self, weight):
        """When the part that begins now should be done."""
        now = time.monotonic()
        until = now + max(self.end - now, 0) * weight / max(self.weight, weight)
        self.weight -= weight
        return until

    def spent(self):
        return time.monotonic() >= self.end


class Benchmark:
    """One run of everything that is wanted; `found` is what document.py writes down."""

    def __init__(self, given, gradus, peers):
        self.given, self.gradus, self.peers = given, gradus, peers
        self.windows = QUICK if given.quick else Windows()
        self.settings = Settings(peers, self.windows.pilot)
        parts = [part for part in PARTS if part in given.only] if given.only else list(PARTS)
        self.parts = parts or ["alone"]  # workloads alone are named
        self.workloads = [name for name in given.only if name not in PARTS]
        self.rows = self.wanted(ROWS)
        self.busy_rows = self.wanted(COMPANY)
        self.budget = Budget(given.minutes, sum(map(self.weight, self.parts)))
        self.found = {
            "date": datetime.date.today().isoformat(), "machine": machine.about(), "threads": given.threads,
            "gradus": gradus.version, "compiler": gradus.compiler(), "onednn": gradus.onednn(),
            "peers": peers.versions if peers else {}, "rows": [], "left_out": []}

    def wanted(self, rows):
        return [row for row in rows if not self.workloads or row.workload in self.workloads]

    def weight(self, part):
        return sum(row.weight for row in self.rows) if part == "alone" else PARTS[part]

    def measure(self):
        """Measures each part; a part that is interrupted keeps what it has, and ends the run."""
        try:
            for part in self.parts:
                getattr(self, part)()
        except KeyboardInterrupt:
            say("interrupted: what was measured is written")
            self.found["left_out"].append("what would have come after an interruption")
        self.found["load_after"] = machine.load()
        return self.found

    def each(self, part, rows, weight, what, measure_one):
        """The results of several rows, each with its share of the part's time, while there is time. What is there when
        the run is stopped stays."""
        results = self.found[part] = []
        whole = sum(row.weight for row in rows) or 1
        for row in rows:
            name = f"{row.name}, batch {row.batch}{what}"
            if self.budget.spent():
                self.found["left_out"].append(name)
                continue
            say(name)
            results.append(measure_one(row, self.budget.share(weight * row.weight / whole)))

    def start(self):
        """From the start of the process to its end, with one step of mlp between: medians, in ms."""
        say("start")
        self.budget.share(PARTS["start"])
        found = self.found["start"] = {}
        measures = {"gradus_first_step_ms": self.gradus.first_step_ms}
        if self.peers:
            measures.update(import_torch_ms=self.peers.import_ms, torch_first_step_ms=self.peers.first_step_ms)
        for name, measure in measures.items():
            try:
                measure()  # brings the files into memory
                found[name] = statistics.median(measure() for _ in range(self.windows.fewest_rounds))
            except Failed as failure:
                found[name.replace("_ms", "_failed")] = str(failure)

    def growth(self):
        self.budget.share(PARTS["growth"])
        self.found["sweeps"] = []
        for sweep in SWEEPS:
            if not self.workloads or sweep.workload in self.workloads:
                say(f"growth of {sweep.workload} with {sweep.option[2:]}")
                self.found["sweeps"].append(self.measure_sweep(sweep))

    def measure_sweep(self, sweep):
        """Step time and arithmetic for each value of one option, each the median of several runs through all."""
        points = []
        bench = self.gradus.bench if sweep.option == "--batch" else self.gradus.grow
        try:
            rounds = [[bench([sweep.workload, sweep.option, str(value)], self.windows.sweep)
                       for value in sweep.values] for _ in range(self.windows.sweep_rounds)]
        except Failed as failure:
            return {"workload": sweep.workload, "option": sweep.option, "failed": str(failure)}
        for i, value in enumerate(sweep.values):
            runs = [measured[i] for measured in rounds]
            points.append({"value": value, "ms": median_of(runs, "ms_per_step"),
                           "gflop": median_of(runs, "gflop_per_step")})
        return {"workload": sweep.workload, "option": sweep.option, "points": points}

    def alone(self):
        def measure_one(row, until):
            found = measure_row(row, self.gradus, self.peers, self.settings, self.windows, until)
            say("    " + document.brief(found))
            return found

        self.each("rows", self.rows, self.weight("alone"), "", measure_one)

    def exact(self):
        """Training without Winograd."""
        names = [name for name in EXACT if not self.workloads or name in self.workloads]
        until = self.budget.share(PARTS["exact"])
        if self.budget.spent():
            self.found["left_out"].append("training without Winograd")
            return
        say("training without Winograd")
        runs = {name: [] for name in names}
        self.found["exact"] = {"runs": runs}
        try:
            for done in range(self.windows.fewest_rounds):
                for name in names:
                    runs[name].append(self.gradus.bench([name, "--precision", "exact"], self.windows.run))
                if done > 0 and time.monotonic() > until:
                    break
        except Failed as failure:
            self.found["exact"] = {"failed": str(failure)}

    def company(self):
        def measure_with(measure):
            return lambda row, until: measure(
                row, self.gradus, self.peers, self.settings.best(row)[0], machine.cores(), self.windows.company,
                self.windows.company_rounds, until)

        half = PARTS["company"] / 2
        self.found["at_once"] = []
        self.each("busy", self.busy_rows, half, ", beside busy programs", measure_with(company.measure_busy))
        self.each("at_once", [row for row in self.busy_rows if row.workload in TRAININGS], half, ", several at once",
                  measure_with(company.measure_at_once))

    def limits(self):
        rows = [row for row in self.busy_rows if row.workload in LIMITED]
        self.found["limits"] = []
        for limit in limits.LIMITS:
            say(f"under limits: {limit[0]}")
            until = self.budget.share(PARTS["limits"] / len(limits.LIMITS))
            self.found["limits"].append(limits.measure_limit(
                limit, rows, self.gradus, self.windows.limit, self.windows.company_rounds, until))


def find_peers(given):
    for python in dict.fromkeys([str(PEERS), "/usr/bin/python3", sys.executable]):
        try:
            peers = Peers(python, given.threads, given.compile_limit, given.build.resolve() / "torch-compiled")
        except Failed:
            continue
        if python != str(PEERS):
            say(f"no build/peers (make peers makes it): measured beside PyTorch {peers.versions['PyTorch']} "
                f"of {python}")
        return peers
    say("no PyTorch here (make peers installs it): Gradus is measured alone")
    return None


def write(path, text):
    """Beside its name first, flushed, then renamed over it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=path.name + ".", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def parse_arguments():
    parser = argparse.ArgumentParser(description="Measures Gradus next to its peers, and writes docs/benchmarks.md.")
    parser.add_argument("build", type=Path, help="directory with gradus and bench/growth")
    parser.add_argument("--minutes", type=float, default=90, help="how long all of it may take, about (default: 90)")
    parser.add_argument("--threads", type=int, default=2, help="for all sides (default: 2)")
    parser.add_argument("--only", action="append", metavar="NAME", default=[],
                        help=f"this workload, or this part: {', '.join(PARTS)}; may be repeated")
    parser.add_argument("--compile-limit", type=float, default=240, metavar="S",
                        help="how long torch.compile may take for a workload (default: 240; 0: it is left out)")
    parser.add_argument("--quick", action="store_true", help="show that all of it works; the numbers mean little")
    parser.add_argument("--output", type=Path, help="the document (default: docs/benchmarks.md)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep every number there")
    given = parser.parse_args()
    names = {row.workload for row in ROWS} | set(PARTS)
    for name in given.only:
        if name not in names:
            parser.error(f"there is no '{name}'; there are {', '.join(sorted(names))}")
    return given


def main():
    given = parse_arguments()
    try:
        gradus = Gradus(given.build, given.threads)
    except Failed as failure:
        sys.exit(f"bench/run.py: {failure}")
    found = Benchmark(given, gradus, find_peers(given)).measure()
    text = document.write_document(found)
    output = given.output or (None if given.only or given.quick else ROOT / "docs" / "benchmarks.md")
    if given.json:
        write(given.json, json.dumps(found, indent=1) + "\n")
    if output:
        write(output, text)
    print(text)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nbench/run.py: interrupted, nothing was written")
