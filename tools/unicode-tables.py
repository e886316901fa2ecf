"""Writes src/text/unicode_tables.inc from the Unicode database of this Python:

    python3 tools/unicode-tables.py > src/text/unicode_tables.inc
"""
import sys
import unicodedata

KINDS = {"L": "GD__LETTER", "N": "GD__NUMBER", "M": "GD__MARK"}
SPACES = [*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]


def kind_of(point):
    if point in SPACES:
        return "GD__SPACE"
    return KINDS.get(unicodedata.category(chr(point))[0])


def ranges():
    """Runs of one kind: (first, last, kind)."""
    run = None
    for point in range(sys.maxunicode + 1):
        kind = kind_of(point)
        if run and run[2] == kind:
            run[1] = point
            continue
        if run and run[2]:
            yield run
        run = [point, point, kind]
    if run[2]:
        yield run


def lower_ranges():
    """Runs of letters whose lower-case letter stands equally far away: (first, last, step, distance)."""
    run = None
    for point in range(sys.maxunicode + 1):
        lower = "i" if point == 0x130 else chr(point).lower()  # Python has the full mapping, of several letters
        if len(lower) != 1 or lower == chr(point):
            continue
        distance = ord(lower) - point
        if run and run[3] == distance and point - run[1] in (1, 2) and run[2] in (0, point - run[1]):
            run[2] = point - run[1]
            run[1] = point
            continue
        if run:
            yield run
        run = [point, point, 0, distance]
    yield run


print(f"// Written by tools/unicode-tables.py from Unicode {unicodedata.unidata_version}.")
print("static const range kinds[] = {")
for first, last, kind in ranges():
    print(f"    {{0x{first:x}, 0x{last:x}, {kind}}},")
print("};\nstatic const lower_range lowers[] = {")
for first, last, step, distance in lower_ranges():
    print(f"    {{0x{first:x}, 0x{last:x}, {max(step, 1)}, {distance}}},")
print("};")
