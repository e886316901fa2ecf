#!/usr/bin/env bash
# Says where a file includes what it must not. Rooms stand in the order in which data flows through them, and a room
# includes only itself and rooms before it (src/README.md has their order); cli/ and examples/ include public headers only, and so do public headers.
# Within a room, a file and its header are one unit, and no units include each other, directly or by way of others.
set -euo pipefail
cd "$(dirname "$0")/.."

rooms=$(sed -n 's/^ *\(base →.*\)/\1/p' src/README.md | sed 's/ → / /g')

# shellcheck disable=SC2046  # the folders that exist
find $(ls -d src include cli examples 2>/dev/null) '(' -name '*.[ch]' -o -name '*.inc' ')' | LC_ALL=C sort | xargs -r awk -v rooms="$rooms" '
BEGIN {
    count = split(rooms, room)
    for (i = 1; i <= count; i++) place[room[i]] = i
    # The one circle, which docs/design.md defends: planner and backend talk with each other.
    defended["src/plan/planner", "src/plan/backend"]
}
function say(words) {
    printf "%s:%d: %s\n", FILENAME, FNR, words
    wrong = 1
}
function exists(path,   line, found) {
    found = (getline line < path) >= 0
    close(path)
    return found
}
FNR == 1 { split(FILENAME, part, "/") }
part[1] == "src" && FILENAME !~ /base\/format\.c$/ && /(^|[^a-z_0-9])(vsnprintf|strtod|atof|setlocale)\(/ {
    say("numbers are written and read by base/format.h, whatever the locale is")
}
!/^[ \t]*#[ \t]*include[ \t]*["<]/ { next }
{
    match($0, /["<][^">]*[">]/)
    quoted = substr($0, RSTART, 1) == "\""
    header = substr($0, RSTART + 1, RLENGTH - 2)
    split(header, piece, "/")
}
part[1] == "src" {
    here = part[2]
    if (!(here in place)) {
        say("the folder src/" here " is not one of the rooms")
        nextfile
    }
    if (!quoted) {
        if (piece[1] in place && exists("src/" header)) say("<" header "> is our own: include \"" header "\"")
        next
    }
    if (header ~ /^[a-z]+s\.def$/) next # a list that the build collects
    there = piece[1]
    if (there == here) note("src/" header)
    if (!(there in place)) say("\"" header "\" should begin with its room, as in \"" here "/" header "\"")
    else if (place[there] > place[here])
        say("the room " here " includes \"" header "\", but " there " comes after it")
}
part[1] == "include" {
    if (quoted || (piece[1] != "gradus" && header !~ /^(std(arg|bool|def|int|io)|signal)\.h$/))
        say("a public header includes " (quoted ? "\"" header "\"" : "<" header ">") "; only <gradus/…> and the C library")
}
part[1] == "cli" || part[1] == "examples" {
    if (quoted && part[1] == "cli") note("cli/" header)
    if (quoted && (piece[1] in place || header ~ /\.\./ || !exists(part[1] "/" header) && !beside()))
        say(part[1] "/ uses public headers only, not \"" header "\"")
}
# Notes that the unit of this file needs that of another of its room.
function note(header,   from, to) {
    from = FILENAME
    to = header
    sub(/\.[a-z]+$/, "", from)
    sub(/\.[a-z]+$/, "", to)
    if (from == to || (from, to) in needs || (from, to) in defended) return
    needs[from, to] = FILENAME
    needed[from] = needed[from] " " to
}
# Looks for a way back from a unit to one that is on the way to it.
function follow(unit, path,   i, count, to, way) {
    state[unit] = 1
    count = split(needed[unit], to, " ")
    for (i = 1; i <= count; i++) {
        if (!(to[i] in state)) {
            follow(to[i], path " " unit)
        } else if (state[to[i]] == 1) {
            way = path " " unit " "
            print needs[unit, to[i]] ": these include each other:" substr(way, index(way, " " to[i] " ")) to[i]
            wrong = 1
        }
    }
    state[unit] = 2
}
function beside(   folder) {
    folder = FILENAME
    sub(/[^\/]*$/, "", folder)
    return exists(folder header)
}
END {
    for (unit in needed) if (!(unit in state)) follow(unit, "")
    exit wrong
}
'
