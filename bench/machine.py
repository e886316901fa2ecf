"""What is worth knowing of the machine, for the document."""

import os
from pathlib import Path

FEATURES = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def value_of(file, key):
    """Of the first line `key: value` of a file in /proc."""
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return ""


def cores():
    return len(os.sched_getaffinity(0))


def load():
    return os.getloadavg()[0]


def processor():
    name = value_of("/proc/cpuinfo", "model name") or "unknown processor"
    family, model = value_of("/proc/cpuinfo", "cpu family"), value_of("/proc/cpuinfo", "model")
    return f"{name} (family {family}, model {model})" if family and model else name


def about():
    flags = value_of("/proc/cpuinfo", "flags").split()
    kib = value_of("/proc/meminfo", "MemTotal").partition(" ")[0]
    return {"cpu": processor(), "cores": cores(), "load": load(), "features": [f for f in FEATURES if f in flags],
            "memory_gb": int(kib) * 1024 / 1e9, "system": f"{os.uname().sysname} {os.uname().release}"}


def computes_bf16():
    """Whether products of bf16 have instructions of their own; libraries without a fast path crawl where they lack."""
    return any(feature.endswith("bf16") for feature in about()["features"])
