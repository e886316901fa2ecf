# From the public headers to calls of every function: one with good arguments, and for each argument some with a bad
# one. For each function a C function `static void walk_<name>(int which)`, which makes call number `which`, and a row
# in the table `walks`. What good and bad values of a type are, tests/api/values.h says.
#
#     awk -f walk.awk include/gradus/*.h

function trimmed(text) {
    gsub(/^[ \t]+|[ \t]+$/, "", text)
    gsub(/[ \t]+/, " ", text)
    return text
}
# The type of a parameter, as one word that a macro can be called by: "const_gd_array_P".
function word_of(type) {
    gsub(/\*/, " P", type)
    type = trimmed(type)
    gsub(/ /, "_", type)
    return type
}
function parameter(text,   type, n, part) {
    text = trimmed(text)
    if (text ~ /\(\*/) return "function"
    if (text ~ /\[/) {
        sub(/\[.*/, "", text)
        sub(/[A-Za-z_0-9]+$/, "*", text)
        return trimmed(text)
    }
    if (text ~ /[A-Za-z_0-9]+$/ && text ~ /[ *]/) sub(/[A-Za-z_0-9]+$/, "", text)
    return trimmed(text)
}
# Functions that are handed over are NULL, good or bad.
function value(type, kind, which) {
    return type == "function" ? "NULL" : kind "(" word_of(type) ", " type which ")"
}
# Cuts at commas that stand in no parentheses.
function cut(text, list,   i, depth, c, n) {
    n = 1
    list[1] = ""
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "(") depth++
        if (c == ")") depth--
        if (c == "," && depth == 0) list[++n] = ""
        else list[n] = list[n] c
    }
    return n
}
{
    sub(/\/\/.*/, "")
    if ($0 !~ /^[ \t]*#/) text = text " " $0
}
END {
    count = split(text, piece, "GD_API")
    for (p = 2; p <= count; p++) {
        declaration = piece[p]
        sub(/;.*/, "", declaration)
        gsub(/GD_MUST_USE|GD_OPTIONAL/, "", declaration)
        sub(/GD_NOT_READ\([0-9]*\)/, "", declaration)
        sub(/GD_PRINTF\([0-9, ]*\)/, "", declaration)
        declaration = trimmed(declaration)
        if (declaration !~ /\)$/ || declaration ~ /\.\.\.|va_list/) continue
        match(declaration, /gd_[a-z0-9_]+ ?\(/)
        name = trimmed(substr(declaration, RSTART, RLENGTH - 1))
        rest = substr(declaration, RSTART + RLENGTH)
        sub(/\)$/, "", rest)
        n = cut(rest, list)
        if (trimmed(rest) == "void") n = 0
        printf "static void walk_%s(int which)\n{\n    switch (which) {\n", name
        total = 0
        good = ""
        for (i = 1; i <= n; i++) {
            type[i] = parameter(list[i])
            # How many elements lie behind a pointer only the caller can know.
            counts[i] = list[i] ~ /(count|rank|samples|axes|steps|classes|points|rows|columns|bytes|size|capacity)$/
            good = good (i > 1 ? ", " : "") value(type[i], "GOOD", "")
        }
        printf "    case %d: (void)%s(%s); break;\n", total++, name, good
        for (i = 1; i <= n; i++) {
            for (b = 0; b < (counts[i] ? 2 : 4); b++) {
                call = ""
                for (j = 1; j <= n; j++)
                    call = call (j > 1 ? ", " : "") value(type[j], i == j ? "BAD" : "GOOD", i == j ? ", " b : "")
                printf "    case %d: (void)%s(%s); break; // argument %d, bad value %d\n", total++, name, call, i, b
            }
        }
        printf "    default: break;\n    }\n}\n"
        rows = rows "    {\"" name "\", walk_" name ", " total "},\n"
    }
    printf "static const walk walks[] = {\n%s};\n", rows
}
