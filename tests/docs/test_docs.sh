#!/usr/bin/env bash
# The documentation says what is so: the reference pages are what `make docs` writes, every C program and recipe shown
# is a file of the tree, and links lead somewhere.
set -uo pipefail
build=${GRADUS_BUILD:?the build directory}
cd "$(dirname "$0")/../.." || exit 1

page_is_current() { # program page
    if "$build/$1" | diff "$2" - >"$TMPDIR/difference" 2>&1; then
        echo "ok $2 is what the tables say"
    else
        echo "not ok $2 is not what the tables say: make docs writes it"
        head -n 20 "$TMPDIR/difference" | sed 's/^/# /'
    fi
}

# A block ```c, ```cpp or ```yaml follows a line <!-- FILE -->, and its text stands in that file.
blocks_are_files() { # page
    local page=$1 line file='' block='' inside='' failed='' count=0
    while IFS= read -r line; do
        if [ -n "$inside" ]; then
            if [ "$line" = '```' ]; then
                inside=''
                count=$((count + 1))
                if [ ! -f "$file" ]; then
                    failed+="# a block without a file: <!-- $file -->"$'\n'
                elif [[ "$(<"$file")"$'\n' != *"$block"* ]]; then
                    failed+="# a block is not in $file: $(head -n 1 <<<"$block")"$'\n'
                fi
                file=''
                continue
            fi
            block+=$line$'\n'
        elif [[ $line =~ ^'<!-- '(.*)' -->'$ ]]; then
            file=${BASH_REMATCH[1]}
        elif [[ $line == '```c' || $line == '```cpp' || $line == '```yaml' ]]; then
            inside=yes block=''
        fi
    done <"$page"
    if [ -z "$failed" ]; then
        echo "ok $page: $count blocks are files"
    else
        echo "not ok $page"
        printf '%s' "$failed"
    fi
}

links_lead_somewhere() { # page
    local page=$1 link failed=''
    while IFS= read -r link; do
        link=${link%%#*}
        case $link in
        '' | http*) continue ;;
        esac
        if [ ! -e "$(dirname "$page")/$link" ]; then failed+="# $link is not there"$'\n'; fi
    done < <(grep -o '](\([^)]*\))' "$page" | sed 's/^](//; s/)$//')
    if [ -z "$failed" ]; then
        echo "ok $page: links"
    else
        echo "not ok $page: links"
        printf '%s' "$failed"
    fi
}

schema_is_current() {
    if "$build/gradus" schema | diff docs/recipe.schema.json - >"$TMPDIR/difference" 2>&1; then
        echo "ok docs/recipe.schema.json is what the tables say"
    else
        echo "not ok docs/recipe.schema.json is not what the tables say: make docs writes it"
    fi
}

# Every recipe of the tree is good by the schema, and says where it is; and what Gradus refuses is not.
recipes_fit_the_schema() {
    local folder recipe number=0
    folder=$(mktemp -d)
    for recipe in recipes/*.yaml recipes/zoo/*.yaml examples/tour/*.yaml; do
        local schema
        schema=$(sed -n '1s/^# yaml-language-server: \$schema=//p' "$recipe")
        if [ -n "$schema" ] && [ -f "$(dirname "$recipe")/$schema" ]; then
            echo "ok $recipe names its schema"
        else
            echo "not ok $recipe names no schema that is there: '$schema'"
        fi
    done
    while IFS= read -r recipe; do
        number=$((number + 1))
        printf '%b' "$recipe" >"$folder/bad-$number.yaml"
    done <<'END'
trian: {epochs: 3}
train: {epochs: three}
train: {epochs: 0}
train: {precision: bf61}
model: [relu, {conv2b: {filters: 3}}]
model: [rellu]
model: [dense]
model: [{dense: {unit: 3}}]
model: [{dense: {units: 3, bias: maybe}}]
model: [{residual: [relu, rellu]}]
model: [{repeat: 2, layer: [relu]}]
model: [{repeat: 2, layers: [rellu]}]
model: {dense: 3}
optimizer: {adam: {learningrate: 1}}
optimizer: {adam: {learning_rate: 0}}
loss: {softmax_cross_entropy: {label_smoothing: 1}}
data: {train: {idx: [a, b, c]}}
blocks: {part: {layer: [relu]}}
END
    python3 tests/docs/schema.py docs/recipe.schema.json good recipes/*.yaml recipes/zoo/*.yaml examples/tour/*.yaml
    local status=$?
    if [ $status -eq 77 ] || [ $status -eq 127 ]; then # 127: no Python at all
        echo "skip recipes against the schema: Python, jsonschema or PyYAML is not installed (Debian: python3-jsonschema)"
    else
        [ $status -eq 0 ] || echo "not ok the schema cannot be used"
        python3 tests/docs/schema.py docs/recipe.schema.json bad "$folder"/bad-*.yaml | sed "s|$folder/||"
    fi
    rm -r "$folder"
}

# A translation shows the same code as the page that it translates.
blocks_are_the_same() { # page translation
    if diff <(sed -n '/^```/,/^```/p' "$1") <(sed -n '/^```/,/^```/p' "$2") >"$TMPDIR/difference"; then
        echo "ok $2 shows the code of $1"
    else
        echo "not ok $2 does not show the code of $1"
        head -n 20 "$TMPDIR/difference" | sed 's/^/# /'
    fi
}

# The recipes for each kind of change name files and records as they are: `src/nn/<name>.c`: `const gd_layer_kind
# gd__layer_<name>` means that such files are there, and define such records.
records_are_named_so() { # page
    local page=$1 row path record files failed='' count=0
    while IFS= read -r row; do
        path=$(grep -o '`[a-z]*\(/[a-z_]*\)*<name>\.c`' <<<"$row" | head -n 1 | tr -d '`')
        record=$(grep -o '`const [a-z_]* [a-z_]*<name>[a-z_]*`' <<<"$row" | head -n 1 | tr -d '`')
        [ -n "$path" ] || continue
        count=$((count + 1))
        files=$(compgen -G "${path//<name>/*}")
        if [ -z "$files" ]; then
            failed+="# no file is called $path"$'\n'
        elif [ -z "$record" ]; then
            failed+="# no record is named beside $path"$'\n'
        elif ! grep -qE "^${record//<name>/[a-z0-9_]+} = \{" $files; then
            failed+="# no file $path has a $record"$'\n'
        fi
    done < <(grep '^| ' "$page")
    if [ -z "$failed" ] && [ "$count" -ge 12 ]; then
        echo "ok $page: $count kinds are called so"
    else
        echo "not ok $page: $count kinds"
        printf '%s' "$failed"
    fi
}

export TMPDIR=${TMPDIR:-/tmp}
records_are_named_so CONTRIBUTING.md
links_lead_somewhere CONTRIBUTING.md
page_is_current op_reference docs/ops.md
page_is_current metric_reference docs/metrics.md
page_is_current recipe_reference docs/recipe-reference.md
schema_is_current
recipes_fit_the_schema
for page in README.md README.zh-CN.md CHANGELOG.md src/README.md docs/*.md docs/course/*.md docs/course/zh/*.md; do
    blocks_are_files "$page"
    links_lead_somewhere "$page"
done
blocks_are_the_same README.md README.zh-CN.md
