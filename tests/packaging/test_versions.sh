#!/usr/bin/env bash
# The version stands in include/gradus/version.h; packages that must repeat it agree. (tools/package.sh builds them.)
set -uo pipefail
cd "$(dirname "$0")/../.."
number() { sed -n "s/^#define GD_VERSION_$1 //p" include/gradus/version.h; }
major=$(number MAJOR) minor=$(number MINOR) patch=$(number PATCH)
version=$major.$minor.$patch
interface=$major
if [ "$major" = 0 ]; then interface=$major.$minor; fi

same() { # what, found, expected
    if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1" && echo "# '$2' where '$3' was expected"; fi
}
same 'vcpkg port' "$(sed -n 's/.*"version-semver": "\(.*\)".*/\1/p' ports/gradus/vcpkg.json)" "$version"
same 'Debian changelog' "$(sed -n '1s/gradus (\(.*\)-[0-9]*) .*/\1/p' debian/changelog)" "$version"
same 'Debian package of the library' "$(sed -n 's/^Package: \(libgradus[0-9.]*\)$/\1/p' debian/control)" "libgradus$interface"
same 'Debian symbols' "$(head -n 1 "debian/libgradus$interface.symbols")" "libgradus.so.$interface libgradus$interface #MINVER#"
[ ! -e tests/abi/libgradus.abi ] ||
    same 'description of the interface' "$(sed -n "s/.* soname='\([^']*\)'.*/\1/p" tests/abi/libgradus.abi | head -n 1)" "libgradus.so.$interface"

if command -v python3 >/dev/null; then
    same 'Conan recipe is Python' "$(python3 -c 'import ast; ast.parse(open("conanfile.py").read()); print("yes")' 2>&1)" yes
    same 'vcpkg manifest is JSON' "$(python3 -c 'import json; json.load(open("ports/gradus/vcpkg.json")); print("yes")' 2>&1)" yes
else
    echo 'skip Conan and vcpkg: no Python'
fi
