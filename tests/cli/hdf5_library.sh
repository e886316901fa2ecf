#!/usr/bin/env bash
# The HDF5 library is loaded when an HDF5 file is read, not with the program; one that cannot be used is told in a sentence.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
library=${GRADUS_BUILD:?the build directory}/libgradus.so

if command -v readelf >/dev/null; then
    begin "no program is linked with HDF5"
    run readelf -d "$gradus" "$library" # ldd knows the files of its own processor only
    wants_status 0
    wants_out 'Shared library: \[libjansson'
    wants_no_out 'Shared library: \[libhdf5'
    finish
else
    skip "no program is linked with HDF5: no readelf"
fi

soname=$(grep -ao 'libhdf5[a-z_]*\.so[.0-9]*' "$library" | head -n 1)
if [ -z "$soname" ]; then
    skip "an HDF5 library that cannot be used: Gradus was built without HDF5"
    exit 0
fi
printf '\211HDF\r\n\032\n' >set.h5
cat >set.yaml <<'RECIPE'
data: {train: {hdf5: {file: set.h5}}}
model: [dense: 1]
loss: squared_error
optimizer: gradient_descent
train: {epochs: 1, batch: 1}
RECIPE
begin "an HDF5 library that is none"
mkdir broken
printf 'something else\n' >"broken/$soname"
run env LD_LIBRARY_PATH="$scratch/broken" "$gradus" train set.yaml
wants_status 1
wants_err "set.h5: 'x' cannot be read, because the HDF5 library cannot be used: .*$soname: file too short (Debian: \
install libhdf5-103-1, or libhdf5-dev and build Gradus again)"
finish

compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$GRADUS_BUILD/CMakeCache.txt")
begin "an HDF5 library without what is called"
echo 'int H5open(void) { return 0; }' | "$compiler" -shared -fPIC -x c - -o "broken/$soname"
run env LD_LIBRARY_PATH="$scratch/broken" "$gradus" train set.yaml
wants_status 1
wants_err "the library $soname has no H5"
finish

begin "a file that is none, with the HDF5 library that is there"
run "$gradus" train set.yaml
wants_status 1
wants_err "set.h5: the HDF5 file is damaged"
finish
