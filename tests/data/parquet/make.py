#!/usr/bin/env python3
# Writes the files in this folder, with pyarrow (25.0.1): python3 -m venv v && v/bin/pip install pyarrow && v/bin/python make.py
#
#   types-snappy.parquet, types-zstd.parquet, types.csv   the same table three times: every type that is a cell
#   more.csv, more.parquet                                 rows that follow those, for several files as one
#   nested.parquet                                         columns that are no cells, among some that are
#   long.parquet                                           300000 rows in little room
#   odd.parquet                                            a column for each cell that is refused, or nearly
import csv
import datetime as dt
import decimal
import os

import pyarrow as pa
import pyarrow.parquet as pq

os.chdir(os.path.dirname(os.path.abspath(__file__)))
TOWNS = ["Bern", "Zürich", "Genève", "Sion, VS", 'Chur "GR"']
decimal.getcontext().prec = 60
DAY = dt.date(1969, 12, 25)
STAMP = dt.datetime(1969, 12, 31, 23, 59, 58, 250000)


def every(step, value):  # missing in every `step`th row
    return lambda r: None if r % step == step - 1 else value(r)


# Name, Arrow's type, the value of a row, and how CSV writes it.
COLUMNS = [
    ("name", pa.string(), lambda r: f"row {r}", str),
    ("i8", pa.int8(), lambda r: r - 30, str),
    ("i16", pa.int16(), lambda r: r * 1000 - 32000, str),
    ("i32", pa.int32(), every(7, lambda r: r * 50000000 - 1500000000), str),
    ("i64", pa.int64(), lambda r: 2**53 - r * 10**14, str),
    ("u8", pa.uint8(), lambda r: r * 4, str),
    ("u16", pa.uint16(), lambda r: r * 1000, str),
    ("u32", pa.uint32(), lambda r: r * 60000000, str),
    ("u64", pa.uint64(), lambda r: 2**63 + 2**40 * r, str),
    ("f16", pa.float16(), lambda r: r / 8 - 3, repr),
    ("f32", pa.float32(), lambda r: (r - 20) / 1024, repr),
    ("f64", pa.float64(), every(5, lambda r: (r - 31) / 7), repr),
    ("flag", pa.bool_(), lambda r: r % 3 == 0, lambda v: str(int(v))),
    ("money", pa.decimal128(10, 2), every(11, lambda r: decimal.Decimal(r * 1234567 - 37000000) / 100), "{:.2f}".format),
    ("long_money", pa.decimal128(38, 20), lambda r: decimal.Decimal(r - 20) * decimal.Decimal("12345678901.00000000000000000007"), "{:.20f}".format),
    ("clock", pa.time32("ms"), lambda r: dt.time(r % 24, r % 60, 59, 125000), lambda v: repr(v.hour * 3600 + v.minute * 60 + 59.125)),
    ("watch", pa.time64("us"), lambda r: dt.time(r % 24, r % 60, 1, 7), lambda v: repr((v.hour * 3600 + v.minute * 60 + 1) + 7 / 1000000)),
    ("wait", pa.duration("s"), lambda r: dt.timedelta(seconds=r * 100000 - 9), lambda v: str(int(v.total_seconds()))),
    ("day", pa.date32(), every(9, lambda r: DAY + dt.timedelta(days=r * 31)), str),
    ("stamp", pa.timestamp("us"), lambda r: STAMP + dt.timedelta(seconds=r * 100001), str),
    ("zoned", pa.timestamp("ms", tz="UTC"), lambda r: dt.datetime(2026, 11, 27, tzinfo=dt.timezone.utc) + dt.timedelta(minutes=r), str),
    ("town", pa.string(), every(13, lambda r: TOWNS[r % 5]), str),
    ("large_town", pa.large_string(), lambda r: TOWNS[r * 3 % 5], str),
    ("bytes_town", pa.binary(), lambda r: TOWNS[r * 2 % 5].encode(), lambda v: v.decode()),
    ("code", pa.binary(3), lambda r: [b"abc", b"xyz"][r % 2], lambda v: v.decode()),
    ("chosen", pa.dictionary(pa.int8(), pa.string()), every(8, lambda r: TOWNS[r * 4 % 5]), str),
    ("digits", pa.string(), lambda r: str(r * 3), str),
    ("postcode", pa.int32(), lambda r: 3000 + r % 4, str),
    ("rate", pa.float32(), lambda r: [0.1, 2.5][r % 2], repr),
    ("price", pa.float64(), lambda r: r * r / 3, repr),
]


def write(name, rows, **how):
    values = {c: [value(r) for r in rows] for c, _, value, _ in COLUMNS}
    schema = pa.schema([(c, kind) for c, kind, _, _ in COLUMNS])
    table = pa.table([pa.array(values[c], kind) for c, kind, _, _ in COLUMNS], schema=schema)
    for compression in how.pop("compressions"):
        pq.write_table(table, name.format(compression), compression=compression, write_statistics=False, **how)
    with open(name.format("").replace("-.", ".").replace(".parquet", ".csv"), "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(values)
        for r in range(len(rows)):
            out.writerow("" if values[c][r] is None else text(values[c][r]) for c, _, _, text in COLUMNS)


write("types-{}.parquet", range(40), compressions=["snappy", "zstd"], row_group_size=17)
write("more.parquet", range(40, 44), compressions=["snappy"])

nested = pa.table(
    {
        "before": [1, 2, 3],
        "point": pa.array([{"a": 1, "b": {"c": 2.5, "d": "x"}}] * 3),
        "series": pa.array([[1, 2], [], [3]]),
        "pairs": pa.array([[("k", 1)], [], []], pa.map_(pa.string(), pa.int64())),
        "pixels": pa.array([[1.0, 2.0]] * 3, pa.list_(pa.float64(), 2)),
        "after": [10.5, 20.5, 30.5],
    }
)
pq.write_table(nested, "nested.parquet", write_statistics=False)

odd = pa.table(
    {
        "y": [1.0, 2.0, 3.0],
        "large": pa.array([2**53 + 1, 2**53 + 1, 5], pa.int64()),
        "larger": pa.array([2**64 - 1, 2**64 - 1, 2**64 - 1], pa.uint64()),
        "exact": pa.array([2**60, 2**62, 5], pa.int64()),
        "infinite": [1.0, float("-inf"), 2.0],
        "not_a_number": [1.0, float("nan"), 2.0],
        "nothing": pa.nulls(3),
        "zero": ["a", "b\0c", "d"],
        "latin": pa.array([b"a", b"b", b"\xe9t\xe9"], pa.binary()),
        "far": pa.array([0, 4 * 10**6, 1], pa.date32()),
        "day": pa.array([0, 1, 1], pa.date32()),
        "word": ["NA", "yes", "no"],
        "mixed": ["1", "two", "3"],
        "half": pa.array([1.5, None, 2.5], pa.float16()),
    }
)
pq.write_table(odd, "odd.parquet", write_statistics=False)
pq.write_table(odd.slice(0, 0), "empty.parquet", write_statistics=False)

rows = range(300000)
long = pa.table(
    {
        "name": [f"n{r // 60000}" for r in rows],
        "a": pa.array([r // 5000 for r in rows], pa.int32()),
        "b": [f"t{(r // 30000) * 7 % 10}" for r in rows],
        "c": [None if r // 1000 == 200 else r // 25000 / 8 for r in rows],
        "y": [r // 100000 + 0.5 for r in rows],
    }
)
pq.write_table(long, "long.parquet", row_group_size=70000, write_statistics=False)
