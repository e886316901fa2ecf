#!/usr/bin/env python3
"""Measures every workload of `gradus bench` next to PyTorch, and writes docs/benchmarks.md.

    bench/run.py BUILD [--minutes M] [--only NAME …] [--output FILE] [--json FILE]

BUILD is the directory with `gradus` and `bench/growth` (make bench builds both). For each workload a short pilot
finds PyTorch's best setting; then runs of both alternate, at least five of each, and their medians count. The
document is written when all is measured, so an interruption leaves the old one as it is. Without PyTorch, Gradus is
measured alone. With --only nothing is written unless --output says where; the table is printed in any case.
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
from dataclasses import replace
from pathlib import Path

sys.dont_write_bytecode = True  # leave the source tree as it is

import document
from processes import Failed, Gradus, Torch
from workloads import EXACT, ROWS, SWEEPS

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ["/usr/bin/python3", sys.executable]
FEWEST_ROUNDS, MOST_ROUNDS, SWEEP_ROUNDS = 5, 15, 3
RUN_S, PILOT_S, SWEEP_S = 1.0, 0.4, 0.2
# A thread setting that is so much slower than the best is not tried again with channels-last.
HOPELESS = 1.5
# Parts of the time, beside the workloads' own.
EXACT_WEIGHT, SWEEP_WEIGHT, START_WEIGHT = 4, 8, 1


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


def say(text):
    print(text, file=sys.stderr, flush=True)


def median_of(runs, key):
    values = [run[key] for run in runs if isinstance(run.get(key), (int, float))]
    return statistics.median(values) if values else None


def best_setting(torch, row):
    """PyTorch's fastest setting for a workload, and the time of each that was tried."""
    tried = {}

    def attempt(setting):
        try:
            tried[setting] = torch.bench(row.theirs, setting, PILOT_S)["ms_per_step"]
        except Failed as failure:
            say(f"    {setting.text}: {failure}")

    for setting in torch.thread_settings:
        attempt(setting)
    if row.pictures and tried:
        limit = HOPELESS * min(tried.values())
        for setting in [s for s, ms in tried.items() if ms <= limit]:
            attempt(replace(setting, channels_last=True))
    if not tried:
        raise Failed("PyTorch fails in every setting")
    return min(tried, key=tried.get), {s.text: ms for s, ms in tried.items()}


def measure_row(row, gradus, torch, until):
    """Alternating runs of both. What fails on one side is told in words, and the other side is measured alone."""
    found = {"name": row.name, "workload": row.workload, "batch": row.batch, "precision": row.precision,
             "target": row.target, "ours": [], "theirs": []}
    sides = {}
    try:
        gradus.bench(row.ours, PILOT_S)  # times its candidates once; later runs remember
        sides["ours"] = lambda: gradus.bench(row.ours, RUN_S)
    except Failed as failure:
        found["ours_failed"] = str(failure)
    if torch is not None:
        try:
            setting, found["pilot"] = best_setting(torch, row)
            found["setting"] = setting.text
            sides["theirs"] = lambda: torch.bench(row.theirs, setting, RUN_S)
        except Failed as failure:
            found["theirs_failed"] = str(failure)
    for done in range(1, MOST_ROUNDS + 1):
        begin = time.monotonic()
        for side, bench in list(sides.items()):
            try:
                found[side].append(bench())
            except Failed as failure:
                found[side + "_failed"] = str(failure)
                del sides[side]
        now = time.monotonic()
        enough = now + (now - begin) > until or "ours" not in sides
        if not sides or (done >= FEWEST_ROUNDS and enough):
            break
    for side in ("ours", "theirs"):
        found[side + "_ms"] = median_of(found[side], "ms_per_step")
    return found


def measure_exact(gradus, until):
    """Training without Winograd."""
    runs = {name: [] for name in EXACT}
    for done in range(FEWEST_ROUNDS):
        for name in EXACT:
            try:
                runs[name].append(gradus.bench([name, "--precision", "exact"], RUN_S))
            except Failed as failure:
                return {"failed": str(failure)}
        if done > 0 and time.monotonic() > until:
            break
    return {"runs": runs}


def measure_sweep(sweep, gradus):
    """Step time and arithmetic for each value of one option, each the median of several runs through all of them."""
    points = []
    bench = gradus.bench if sweep.option == "--batch" else gradus.grow
    try:
        rounds = [[bench([sweep.workload, sweep.option, str(value)], SWEEP_S) for value in sweep.values]
                  for _ in range(SWEEP_ROUNDS)]
    except Failed as failure:
        return {"workload": sweep.workload, "option": sweep.option, "failed": str(failure)}
    for i, value in enumerate(sweep.values):
        runs = [measured[i] for measured in rounds]
        points.append({"value": value, "ms": median_of(runs, "ms_per_step"),
                       "gflop": median_of(runs, "gflop_per_step")})
    return {"workload": sweep.workload, "option": sweep.option, "points": points}


def measure_start(gradus, torch):
    """From the start of the process to its end, with one step of mlp between: medians, in ms."""
    found = {}
    measures = {"gradus_first_step_ms": gradus.first_step_ms}
    if torch is not None:
        measures.update(import_torch_ms=torch.import_ms, torch_first_step_ms=torch.first_step_ms)
    for name, measure in measures.items():
        try:
            measure()  # brings the files into memory
            found[name] = statistics.median(measure() for _ in range(FEWEST_ROUNDS))
        except Failed as failure:
            found[name.replace("_ms", "_failed")] = str(failure)
    return found


def machine():
    """What is worth knowing of the machine, for the document."""
    about = {"cpu": "unknown", "cores": len(os.sched_getaffinity(0)), "load": os.getloadavg()[0],
             "system": f"{os.uname().sysname} {os.uname().release}"}
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            about["cpu"] = value.strip()
        if key.strip() == "flags":
            about["features"] = [f for f in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if f in value.split()]
    for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("MemTotal:"):
            about["memory_gb"] = int(line.split()[1]) * 1024 / 1e9
    return about


def find_torch(threads):
    for python in dict.fromkeys(PYTHONS):
        try:
            return Torch(python, threads)
        except Failed:
            continue
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
    parser = argparse.ArgumentParser(description="Measures Gradus next to PyTorch, and writes docs/benchmarks.md.")
    parser.add_argument("build", type=Path, help="directory with gradus and bench/growth")
    parser.add_argument("--minutes", type=float, default=25, help="how long all of it may take, about (default: 25)")
    parser.add_argument("--threads", type=int, default=2, help="for both sides (default: 2)")
    parser.add_argument("--only", action="append", metavar="NAME",
                        help="this workload, or one of the other parts: exact, growth, start; may be repeated")
    parser.add_argument("--output", type=Path, help="the document (default: docs/benchmarks.md)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep every number there")
    given = parser.parse_args()
    names = {row.workload for row in ROWS} | {"exact", "growth", "start"}
    for name in given.only or []:
        if name not in names:
            parser.error(f"there is no '{name}'; there are {', '.join(sorted(names))}")
    return given


def measure_all(given, gradus, torch):
    def wanted(name):
        return not given.only or name in given.only

    rows = [row for row in ROWS if wanted(row.workload)]
    others = {"start": START_WEIGHT, "growth": SWEEP_WEIGHT, "exact": EXACT_WEIGHT}
    others = {name: weight for name, weight in others.items() if wanted(name)}
    budget = Budget(given.minutes, sum(row.weight for row in rows) + sum(others.values()))
    found = {"date": datetime.date.today().isoformat(), "machine": machine(), "threads": given.threads,
             "gradus": gradus.version, "torch": torch.version if torch else None, "rows": [], "left_out": []}
    if "start" in others:
        say("start")
        budget.share(START_WEIGHT)
        found["start"] = measure_start(gradus, torch)
    if "growth" in others:  # early: it is short, and the rows can do with fewer rounds
        budget.share(SWEEP_WEIGHT)
        found["sweeps"] = []
        for sweep in SWEEPS:
            say(f"growth of {sweep.workload} with {sweep.option[2:]}")
            found["sweeps"].append(measure_sweep(sweep, gradus))
    for row in rows:
        if budget.spent():
            found["left_out"].append(f"{row.name}, batch {row.batch}")
            continue
        say(f"{row.name}, batch {row.batch}")
        found["rows"].append(measure_row(row, gradus, torch, budget.share(row.weight)))
        say("    " + document.brief(found["rows"][-1]))
    if "exact" in others and budget.spent():
        found["left_out"].append("training without Winograd")
    elif "exact" in others:
        say("training without Winograd")
        found["exact"] = measure_exact(gradus, budget.share(EXACT_WEIGHT))
    found["load_after"] = os.getloadavg()[0]
    return found


def main():
    given = parse_arguments()
    try:
        gradus = Gradus(given.build / "gradus", given.build / "bench" / "growth", given.threads)
    except Failed as failure:
        sys.exit(f"bench/run.py: {failure}")
    torch = find_torch(given.threads)
    if torch is None:
        say("PyTorch is not installed (Debian: python3-torch): Gradus is measured alone")
    found = measure_all(given, gradus, torch)
    text = document.write_document(found)
    output = given.output or (None if given.only else ROOT / "docs" / "benchmarks.md")
    if given.json:
        write(given.json, json.dumps(found, indent=1) + "\n")
    if output:
        write(output, text)
    print(text)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nbench/run.py: interrupted, nothing was written")
