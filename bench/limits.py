"""The time of a step where the machine gives less than it shows: one core of several, a quota of processor time, or
more threads asked for than there are cores. What Gradus chooses by itself is compared with the best number of threads.
"""

import os
import statistics
import time
from contextlib import contextmanager
from pathlib import Path

from processes import Failed, measure, run

PERIOD_US = 100000
MANY_THREADS = 64


def mount_of(kind, option=None):
    """Where a kind of file system is mounted, or None."""
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, place, of_kind, options = line.split()[:4]
        if of_kind == kind and (option is None or option in options.split(",")):
            return Path(place)
    return None


def quota_files(cpus):
    """(hierarchy, what to write where) for a control group of version 2, else 1."""
    quota = str(round(cpus * PERIOD_US))
    root = mount_of("cgroup2")
    if root and "cpu" in (root / "cgroup.controllers").read_text(encoding="utf-8").split():
        if "cpu" not in (root / "cgroup.subtree_control").read_text(encoding="utf-8").split():
            (root / "cgroup.subtree_control").write_text("+cpu", encoding="utf-8")
        return root, {"cpu.max": f"{quota} {PERIOD_US}"}
    root = mount_of("cgroup", "cpu")
    if root:
        return root, {"cpu.cfs_period_us": str(PERIOD_US), "cpu.cfs_quota_us": quota}
    raise Failed("no control groups with the controller cpu are mounted")


def make_group(cpus):
    """A control group with a quota."""
    try:
        root, files = quota_files(cpus)
        group = root / f"gradus-bench-{os.getpid()}"
        group.mkdir()
        for name, text in files.items():
            (group / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failed(f"control groups cannot be written here ({error.strerror})") from error
    return group


@contextmanager
def quota(cpus):
    """Words before a command that give it a quota: a control group of our own, or without root a scope of systemd."""
    if os.geteuid() == 0:
        group = make_group(cpus)
        try:
            yield "/bin/sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', str(group)
        finally:
            group.rmdir()
        return
    before = ("systemd-run", "--user", "--scope", "--quiet", "-p", f"CPUQuota={round(100 * cpus)}%")
    run(*before, "true")
    yield before


@contextmanager
def one_core():
    yield ("taskset", "-c", str(min(os.sched_getaffinity(0))))


@contextmanager
def no_limit():
    yield ()


# title, the limit, the threads that are asked for (0: none, Gradus chooses)
LIMITS = [
    ("one core (`taskset`)", one_core, 0),
    ("a quota of 1.5 CPUs", lambda: quota(1.5), 0),
    ("a quota of 0.5 CPUs", lambda: quota(0.5), 0),
    (f"{MANY_THREADS} threads asked for", no_limit, MANY_THREADS),
]


def measure_limit(limit, rows, gradus, seconds, most, until):
    """Each row under one limit: as asked, and with each number of threads up to the benchmark's."""
    title, context, asked = limit
    fixed = range(1, gradus.threads + 1)
    found = {"title": title, "rows": []}
    try:
        with context() as before:
            for row in rows:
                means = {threads: [] for threads in (asked, *fixed)}
                for done in range(most):
                    for threads, measured in means.items():
                        launch = gradus.launch(row.ours, seconds, threads, before)
                        measured.append(measure(launch)["mean_ms_per_step"])
                    if time.monotonic() > until:
                        break
                means = {threads: statistics.fmean(measured) for threads, measured in means.items()}
                best = min(fixed, key=means.get)
                found["rows"].append({"workload": row.workload, "batch": row.batch, "ms": means[asked], "best": best,
                                      "best_ms": means[best]})
    except Failed as failure:
        found["failed"] = str(failure)
    return found
