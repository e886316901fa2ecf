#!/usr/bin/env bash
# Builds packages from the files that git would commit, and looks at them.
#
#     tools/package.sh debian [FOLDER]    dpkg-buildpackage and lintian; packages are left in FOLDER, if one is given
#
# Tests are not run: `make test` does that. Exit status 77 where it cannot be done here, with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."

impossible() {
    echo "tools/package.sh: $*" >&2
    exit 77
}

if [ "${1-}" != debian ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d' >&2
    exit 2
fi
for tool in dpkg-buildpackage dh lintian git; do
    command -v "$tool" >/dev/null || impossible "$tool is not installed"
done
dpkg-checkbuilddeps -P nocheck debian/control 2>/dev/null || impossible "$(dpkg-checkbuilddeps -P nocheck debian/control 2>&1)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(dpkg-parsechangelog -S Version)
tree=$work/gradus-${version%-*}
mkdir "$tree"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    if [ -e "$file" ]; then printf '%s\0' "$file"; fi
done | tar -c --null -T - | tar -x -C "$tree"
tar -C "$work" -czf "$work/gradus_${version%-*}.orig.tar.gz" --exclude="${tree##*/}/debian" "${tree##*/}"

(cd "$tree" && DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" dpkg-buildpackage -us -uc -b -Pnocheck) >"$work/log" 2>&1 ||
    { tail -n 60 "$work/log"; echo "dpkg-buildpackage failed"; exit 1; }
# An upload to Debian would close the bug that asks for the package; this is none.
(cd "$work" && lintian --allow-root --suppress-tags initial-upload-closes-no-bugs --fail-on error,warning --tag-display-limit 0 ./*.changes)
if [ $# -gt 1 ]; then mkdir -p "$2" && cp "$work"/*.deb "$work"/*.changes "$2"; fi
for package in "$work"/*.deb; do
    printf '%8d KiB  %s\n' "$(($(stat -c %s "$package") / 1024))" "${package##*/}"
done
