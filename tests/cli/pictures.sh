#!/usr/bin/env bash
# Pictures from folders: training, predicting, and folders that do not agree.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
if ! command -v python3 >/dev/null; then
    skip "pictures from folders: no Python to make them with"
    exit 0
fi
python3 - <<'PYTHON'
import os, struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
def png(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    rows = b"".join(b"\0" + bytes((value + 3 * x + 5 * y) % 256 for x in range(4)) for y in range(4))
    with open(path, "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0))
                  + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
for part, count in (("train", 12), ("test", 4)):
    for i in range(count):
        png(f"set/{part}/bright/{i}.png", 190 + i)
        png(f"set/{part}/dark/{i}.png", 10 + i)
        png(f"other/{part}/black/{i}.png", i)
for i in range(2):
    png(f"few/test/dark/{i}.png", 5)
PYTHON
recipe() { # test folder, more
    cat <<RECIPE
data:
  train: {pictures: {files: set, below: train}}
  test: {pictures: {files: $1, below: test$2}}
  scale: {image: 255}
model: [flatten, {dense: 2}]
loss: cross_entropy
optimizer: {adam: 0.1}
train: {epochs: 30, batch: 8, threads: 1, directory: run}
RECIPE
}
recipe set '' >net.yaml

begin "a network learns from folders, and predicts a picture and a folder by name"
run "$gradus" train net.yaml
if grep -q 'built without libpng' err; then
    skip "pictures from folders: built without libpng"
    exit 0
fi
wants_status 0
run "$gradus" predict run set/test/dark/3.png
wants_status 0
wants_out '^0,set/test/dark/3.png,dark,'
run "$gradus" predict run set/test
wants_status 0
[ "$(awk -F, 'NR > 1 { split($2, part, "/"); n += part[3] == $3 } END { print n }' out)" -eq 8 ] ||
    complain "not every picture is known"
finish

begin "a broken picture among others is told, and the others are predicted"
head -c 40 set/test/dark/3.png >set/test/dark/2.png
run "$gradus" predict run set/test
wants_status 0
wants_err 'set/test/dark/2.png: .*is damaged'
[ "$(wc -l <out)" -eq 9 ] || complain "not nine lines"
finish

begin "a test part with other folders is refused"
recipe other '' >other.yaml
run "$gradus" train other.yaml
wants_status 1
wants_err "class 0 of 'label' is 'black' there, and 'bright' in the training data"
recipe few '' >few.yaml
run "$gradus" train few.yaml
wants_status 1
wants_err "class 0 of 'label' is 'dark' there, and 'bright' in the training data"
finish

begin "one that lacks a class is read with the classes listed"
recipe few ', classes: [bright, dark]' >few.yaml
run "$gradus" train few.yaml
wants_status 0
finish

begin "the report looks inside the network, and a page shows what is similar"
rm -f set/test/dark/2.png
recipe set "" | sed "s/^model.*/model: [{conv2d: {filters: 4, kernel: 2}}, relu, flatten, {dense: 2}]/; s/adam: 0.1/adam: 1e-9/; s/epochs: 30/epochs: 1/" >conv.yaml
run "$gradus" train conv.yaml train.directory=conv
wants_status 0
for part in 'Inside the network' 'conv1.weight' 'What the layers make of' 'like the worst mistakes'; do
    grep -q "$part" conv/report.html || complain "the report lacks: $part"
done
run "$gradus" similar conv --index set/train --query set/test/dark/1.png --nearest 3 --page page.html
wants_status 0
[ "$(grep -o 'src="data:image/png' page.html | wc -l)" -eq 4 ] || complain "the page lacks pictures"
finish
