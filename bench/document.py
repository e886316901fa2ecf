"""Turns the numbers of bench/run.py into docs/benchmarks.md."""

import statistics

from common import median_of
from workloads import AT_ONCE_LIMIT, BUSY_LIMIT, EXACT_SHARE, LIMITED_LIMIT, START_MS, SWEEP_LIMIT

NOTHING = "–"


def number(value, digits=3):
    """Three significant digits, and no exponent."""
    if value is None:
        return NOTHING
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:.0f}"
    return f"{float(f'{value:.{digits}g}'):g}"


def table(head, rows):
    """A Markdown table; the first column is text, the others are numbers."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)] + rows
    return "".join("| " + " | ".join(line) + " |\n" for line in lines) + "\n"


def ratio(row):
    ours, theirs = row["ours_ms"], row["theirs_ms"]
    return theirs / ours if ours and theirs else None


def times(value):
    return NOTHING if value is None else number(value) + "x"


def share(runs):
    done, peak = median_of(runs, "gflops"), median_of(runs, "peak_gflops")
    return done / peak if done and peak else None


def percent(value):
    return NOTHING if value is None else f"{100 * value:.0f}%"


def brief(row):
    """One line for the terminal."""
    words = []
    for side, title in (("ours", "Gradus"), ("theirs", "the peer")):
        if row[side + "_ms"] is not None:
            words.append(f"{title} {number(row[side + '_ms'])} ms (median of {len(row[side])})")
        elif side + "_failed" in row:
            words.append(f"{title}: {row[side + '_failed']}")
    if ratio(row) is not None:
        words.append(times(ratio(row)))
    return ", ".join(words)


def spread(row):
    """How far apart the runs of one side lie: the larger of both, (slowest - fastest) / median."""
    widths = []
    for side in ("ours", "theirs"):
        ms = [run["ms_per_step"] for run in row[side]]
        if ms:
            widths.append((max(ms) - min(ms)) / statistics.median(ms))
    return max(widths, default=None)


def machine_section(found):
    about = found["machine"]
    features = ", ".join(about["features"]) or "no wide vectors"
    peaks = [run["peak_gflops"] for row in found["rows"] for run in row["ours"] if run.get("peak_gflops")]
    peak = f" FMA peak in single precision: {number(statistics.median(peaks))} GFLOP/s." if peaks else ""
    onednn = f"oneDNN {found['onednn']}" if found["onednn"] else "without oneDNN"
    peers = ", ".join(f"{name} {version}" for name, version in found["peers"].items()) or "no peer installed"
    return (f"Measured on {found['date']}: {about['cpu']}, {about['cores']} cores, {features}, "
            f"{about['memory_gb']:.0f} GB of memory, {about['system']}; {found['threads']} threads.{peak} "
            f"{found['gradus'].capitalize()}, {onednn}, built by {found['compiler'] or 'an unknown compiler'}; "
            f"{peers}. Load of the machine before and after: {about['load']:.2f} and {found['load_after']:.2f}.\n\n")


def alone_section(found):
    head = ["workload", "batch", "ms a step", "samples/s", "GFLOP/s", "of FMA peak", "peak memory, MB"]
    rows = []
    for row in found["rows"]:
        ours = row["ours"]
        rows.append([row["name"], str(row["batch"]), number(row["ours_ms"]), number(median_of(ours, "samples_per_s")),
                     number(median_of(ours, "gflops")), percent(share(ours)),
                     number(median_of(ours, "peak_memory_mb"))])
    return ("## A step of each workload\n\nPyTorch is not installed on this machine (`make peers` installs it), so "
            "Gradus stands alone here.\n\n") + table(head, rows)


def peer_section(found):
    head = ["workload", "batch", "Gradus, ms", "peer, ms", "faster by", "wanted", "GFLOP/s", "of FMA peak",
            "Gradus, MB", "peer, MB", "spread"]
    rows = []
    for row in found["rows"]:
        ours, theirs = row["ours"], row["theirs"]
        rows.append([row["name"], str(row["batch"]), number(row["ours_ms"]), number(row["theirs_ms"]),
                     times(ratio(row)), times(row["target"]), number(median_of(ours, "gflops")), percent(share(ours)),
                     number(median_of(ours, "peak_memory_mb")), number(median_of(theirs, "peak_memory_mb")),
                     percent(spread(row))])
    settings = [[row["name"] + f", batch {row['batch']}", row["setting"],
                 "; ".join(f"{name}: {said if isinstance(said, str) else number(said)}"
                           for name, said in row["pilot"].items())]
                for row in found["rows"] if "setting" in row]
    reached = [row for row in found["rows"] if row["target"] and (ratio(row) or 0) >= row["target"]]
    wanted = [row for row in found["rows"] if row["target"]]
    verdict = f"Wanted ratios that are reached: {len(reached)} of {len(wanted)}.\n\n" if wanted else ""
    return (
        "## A step of each workload, next to its peers\n\n"
        "A step is forward, backward and update, or the forward pass for the names with `-infer`; data is random and "
        "lies in memory. Runs of both alternate; each number is the median of at least five runs, which themselves "
        "report their median step. The peer is PyTorch, eager or with `torch.compile`; for inference, where the name "
        "says `best peer`, the fastest of PyTorch (`torch.jit.optimize_for_inference` or `torch.compile`), ONNX "
        "Runtime and OpenVINO, as far as they are installed; each in its best setting (below). `spread` is the "
        "distance between the slowest and the fastest run of the less steady side, relative to the median. GFLOP/s "
        "and the share of the peak are Gradus', counted as the plain formula has it: Winograd's convolution does less "
        "arithmetic than that, and so may pass 100%. The peak is measured in the same run. Memory is the largest "
        "resident set of the whole process, in MB of 2^20 bytes. bf16 is `torch.autocast` on PyTorch's side.\n\n"
        f"{verdict}"
        + table(head, rows)
        + "The peers' settings: two threads; two that sleep while they wait (`OMP_WAIT_POLICY=passive`); or one; "
          "networks of convolutions also with the channels-last memory format; then `torch.compile` in the fastest of "
          "these. Where PyTorch computes with OpenBLAS, that has one thread, or all with passive waiting. The fastest "
          "in a short pilot is taken (ms a step, or why there is none):\n\n"
        + table(["workload", "taken", "pilot"], settings))


def failures_section(found):
    lines = []
    for row in found["rows"]:
        for side, title in (("ours", "Gradus"), ("theirs", "the peer")):
            if side + "_failed" in row:
                lines.append(f"- {title} did not run {row['name']}, batch {row['batch']}: {row[side + '_failed']}.\n")
    for name in found["left_out"]:
        lines.append(f"- {name}: left out, the time was up.\n")
    return "Not measured:\n\n" + "".join(lines) + "\n" if lines else ""


def exact_section(found):
    if "exact" not in found:
        return ""
    text = (f"## Without Winograd\n\nEvery product as the formula has it (`--precision exact`), whole training steps; "
            f"wanted: {percent(EXACT_SHARE)} of the FMA peak.\n\n")
    if "failed" in found["exact"]:
        return text + f"Not measured: {found['exact']['failed']}.\n\n"
    rows = [[name, number(median_of(runs, "ms_per_step")), number(median_of(runs, "gflops")), percent(share(runs))]
            for name, runs in found["exact"]["runs"].items()]
    return text + table(["workload", "ms a step", "GFLOP/s", "of FMA peak"], rows)


def on_line(points):
    """What each point would take on the straight line, in the arithmetic, through the first and the last point."""
    first, last = points[0], points[-1]
    work = last["gflop"] - first["gflop"]
    slope = (last["ms"] - first["ms"]) / work if work > 0 else 0
    return [first["ms"] + slope * (point["gflop"] - first["gflop"]) for point in points]


def growth_section(found):
    if not found.get("sweeps"):
        return ""
    text = (
        "## How cost grows\n\n"
        "The time of a training step as one thing grows. `line` is the straight line, in the arithmetic of the step, "
        f"from the first row to the last; a step should take at most {SWEEP_LIMIT} times that. Batch: the workloads of "
        "the table above. Width and depth: `bench/growth.c`, a dense network 784-width-…-10 with `depth` hidden "
        "layers (width 256, depth 1 where not varied), and a convolutional one with `depth` layers of `width` filters "
        "behind the first pooling; batch 64.\n\n")
    for sweep in found["sweeps"]:
        what = sweep["option"][2:]
        text += f"### {sweep['workload']}: {what}\n\n"
        if "failed" in sweep:
            text += f"Not measured: {sweep['failed']}.\n\n"
            continue
        points = sweep["points"]
        lines = on_line(points)
        text += table([what, "ms a step", "GFLOP a step", "GFLOP/s", "line, ms", "of the line"],
                      [[str(p["value"]), number(p["ms"]), number(p["gflop"]), number(1e3 * p["gflop"] / p["ms"]),
                        number(line), number(p["ms"] / line)] for p, line in zip(points, lines)])
        worst = max(p["ms"] / line for p, line in zip(points, lines))
        text += f"At most {number(worst)} times the line.\n\n"
    return text


def start_section(found):
    if "start" not in found:
        return ""
    names = [("gradus_first_step", f"Gradus: process with one step of mlp (wanted: {START_MS} ms)"),
             ("torch_first_step", "PyTorch: process with one step of mlp"),
             ("import_torch", "PyTorch: `import torch` alone")]
    rows = []
    for key, title in names:
        if key + "_ms" in found["start"]:
            rows.append([title, number(found["start"][key + "_ms"])])
        elif key + "_failed" in found["start"]:
            rows.append([f"{title}: failed, {found['start'][key + '_failed']}", NOTHING])
    return ("## From the start of the process to the end of its first step\n\nWall time of a whole process that builds "
            "mlp, plans it, makes one step and ends; data is made in memory.\n\n" + table(["", "ms"], rows))


def company_rows(found, limit):
    """The rows of a table of steps in company, and how many of them keep to the bound."""
    rows, kept, bounded = [], 0, 0
    for row in found:
        for point in row["points"]:
            bound = limit * point["slowdown"] * point["alone_ms"] if point["alone_ms"] else None
            of_bound = point["ours_ms"] / bound if bound and point["ours_ms"] else None
            alone = point.get("theirs_alone_ms")
            theirs = point.get("theirs_ms")
            if point["slowdown"] > 1:
                bounded += 1
                kept += of_bound is not None and of_bound <= 1
            rows.append([
                row["workload"], str(row["batch"]), str(point["others"]), number(point["ours_ms"]), number(bound),
                number(of_bound), number(theirs),
                number(theirs / (limit * point["slowdown"] * alone) if alone else None),
                times(theirs / point["ours_ms"] if theirs and point["ours_ms"] else None)])
    return rows, f"Within the bound: {kept} of {bounded}."


def company_section(found):
    if "busy" not in found:
        return ""
    head = ["Gradus, ms", "bound, ms", "of the bound", "peer, ms", "peer, of its bound", "faster by"]
    threads = found["threads"]
    text = (
        "## In company\n\n"
        "The mean of all steps in a window of some seconds, for the median hides the step that waits for a thread "
        "which does not run. The peer is in the better of two settings: its best one alone, and that with passive "
        "waiting.\n\n")
    if found["busy"]:
        rows, verdict = company_rows(found["busy"], BUSY_LIMIT)
        text += (
            f"### Beside busy programs\n\nEach keeps one core busy. {threads} threads beside B busy ones on P cores "
            f"have a fair share of P * {threads} / ({threads} + B) cores; a step should take at most {BUSY_LIMIT} "
            f"times as long as that share allows, from its time without company. {verdict}\n\n"
            + table(["workload", "batch", "busy programs", *head], rows))
    if found["at_once"]:
        rows, verdict = company_rows(found["at_once"], AT_ONCE_LIMIT)
        text += (
            "### Several trainings at once\n\nThe slowest of so many equal trainings, each with its own threads; it "
            f"should take at most {AT_ONCE_LIMIT} times what its fair share of the cores allows. {verdict}\n\n"
            + table(["workload", "batch", "at once", *head], rows))
    return text + company_failures(found)


def company_failures(found):
    lines = [f"- {row['workload']} with {point['others']}: {point['ours_failed']}.\n"
             for row in found["busy"] + found["at_once"] for point in row["points"] if "ours_failed" in point]
    return "Not measured:\n\n" + "".join(lines) + "\n" if lines else ""


def limits_section(found):
    if "limits" not in found:
        return ""
    rows, skipped = [], ""
    for limit in found["limits"]:
        for row in limit["rows"]:
            rows.append([limit["title"], row["workload"], str(row["batch"]), number(row["ms"]), number(row["best_ms"]),
                         str(row["best"]), number(row["ms"] / row["best_ms"])])
        if "failed" in limit:
            skipped += f"Skipped: {limit['title']}: {limit['failed']}.\n\n"
    return (
        "## Under limits\n\nThe mean of all steps where the machine gives less than it shows. Gradus chooses its "
        f"threads by itself, except in the last limit; it should take at most {LIMITED_LIMIT} times as long as with "
        "the best `--threads` under the same limit.\n\n" + skipped
        + table(["limit", "workload", "batch", "Gradus, ms", "best, ms", "best threads", "of the best"], rows))


def write_document(found):
    """The whole document, as text."""
    text = "# Benchmarks\n\nWritten by `make bench`; every number here is what it measured.\n\n"
    text += machine_section(found)
    if found["rows"]:
        text += peer_section(found) if found["peers"] else alone_section(found)
    text += failures_section(found)
    text += company_section(found) + limits_section(found)
    return (text + exact_section(found) + growth_section(found) + start_section(found)).rstrip("\n") + "\n"
