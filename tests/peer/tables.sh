# The recipes of six classic tables: means of five splits against what they should reach, and against scikit-learn's MLP
# on the same rows. The tables are looked for in $GRADUS_TABLES, or beside the checkout; scikit-learn in build/peers
# (make peers), or where python3 has it.
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
. "$root/tests/cli/common/common.sh"
tables=${GRADUS_TABLES:-$root/../shared/cases/data}
python=python3
if [ -x "$root/build/peers/bin/python" ]; then python=$root/build/peers/bin/python; fi
if [ ! -r "$tables/iris.csv" ]; then
    skip "no tables: GRADUS_TABLES names the folder of iris.csv and the others"
    exit 0
fi
if ! "$python" -c 'import sklearn' 2>/dev/null; then
    skip "no scikit-learn here (make peers installs it)"
    exit 0
fi
"$python" "$here/tables.py" "$gradus" "$root/recipes" "$tables" >found 2>err || complain "tables.py failed: $(tail -n 3 err)"

# Name, and what the recipe's own splits reach at least. On those that both read it comes as far as scikit-learn.
while read -r name least; do
    begin "$name"
    read -r own ours theirs < <(awk -v name="$name" '$1 == name { print $2, $3, $4 }' found)
    echo "# $name: ${own:-nothing}; on the same rows ${ours:-nothing}, scikit-learn ${theirs:-nothing}"
    awk -v own="${own:-0}" -v ours="${ours:-0}" -v theirs="${theirs:-1}" -v least="$least" \
        'BEGIN { exit !(own >= least && ours >= theirs - 0.01) }' ||
        complain "expected: at least $least, and at least scikit-learn's - 0.01 on the same rows"
    finish
done <<'LIST'
iris 0.96
wine 0.98
breast-cancer 0.97
digits 0.97
diabetes 0.45
titanic 0.76
LIST
