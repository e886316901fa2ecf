#!/usr/bin/env bash
# Super-resolution: a training, its report, and pictures that become larger.
# shellcheck source=tests/cli/common/common.sh
pictures=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../picture")
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
mkdir set && cp "$pictures/color.png" "$pictures/grey.png" set/ || exit 1
cat >net.yaml <<'RECIPE'
data:
  input: small
  train: {super_resolution: {files: set, factor: 2, patch: 16, patches: 16}}
  test: {super_resolution: {files: set, whole: true}}
model:
  - conv2d: {filters: 4, kernel: 3, padding: same}
  - pixel_shuffle: 2
  - add: [previous, enlarged]
loss: mse
metrics: [psnr, ssim]
train: {epochs: 1, batch: 8, directory: run}
RECIPE

begin "a training measures whole pictures, and its report shows them before and after"
run "$gradus" train net.yaml
if grep -q 'built without libpng' err; then
    skip "super-resolution: built without libpng"
    exit 0
fi
wants_status 0
wants_out '^test .*psnr [0-9.]*  ssim 0\.'
grep -q 'Before and after' run/report.html || complain "the report has no pictures before and after"
[ "$(grep -c '<figcaption>the network, ' run/report.html)" -eq 2 ] || complain "not two pictures in the report"
run "$gradus" eval run --data set/grey.png
wants_status 0
wants_out ': 1 samples'
finish

begin "predict writes a PNG twice as large, with the same pixels in tiles"
run "$gradus" predict run set/color.png --output large.png
wants_status 0
wants_silence
[ "$(od -An -tu1 -j16 -N8 large.png | tr -s ' ')" = ' 0 0 0 74 0 0 0 58' ] || complain "it is not 74 x 58"
run "$gradus" predict run set/color.png --output tiled.png --tile 11
wants_status 0
wants_same large.png tiled.png
run "$gradus" predict run "$pictures/color.jpg" --output jpeg.png
wants_status 0
wants_file jpeg.png
finish

refuses "a picture is not written to standard output" 2 "the answer is a picture: --output says which PNG file it becomes" \
    "$gradus" predict run set/color.png
refuses "tiles must be larger than what the network sees" 1 \
    "tiles of 4 pixels are too small: the network sees 2 to either side, so they must be larger than 4" \
    "$gradus" predict run set/color.png --output large.png --tile 4

begin "a broken picture is told, and what was there stays"
head -c 60 set/grey.png >broken.png
cp large.png before.png
run "$gradus" predict run broken.png --output large.png
wants_status 1
wants_err 'broken.png: is damaged'
wants_same large.png before.png
finish
