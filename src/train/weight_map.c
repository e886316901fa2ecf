#include "train/weight_map.h"

#include <stdlib.h>
#include <string.h>

#include <gradus/text.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "train/names.h"

// ---- Renaming

enum { MOST_STARS = 16 };

// What each * of a pattern stood for.
typedef struct texts {
    int count;
    const char *begin[MOST_STARS];
    size_t length[MOST_STARS];
} texts;

static int stars_in(const char *pattern)
{
    int stars = 0;
    for (; *pattern != '\0'; pattern++)
        stars += *pattern == '*';
    return stars;
}

// Each * stands for as little as it can; only the last one must be tried with ever longer texts.
static bool fits(const char *from, const char *name, texts *stood)
{
    const char *behind_star = NULL;
    stood->count = 0;
    while (*name != '\0') {
        if (*from == '*') {
            stood->begin[stood->count] = name;
            stood->length[stood->count++] = 0;
            behind_star = ++from;
        } else if (*from == *name) {
            from++;
            name++;
        } else if (behind_star != NULL) {
            const int last = stood->count - 1;
            from = behind_star;
            name = stood->begin[last] + ++stood->length[last];
        } else {
            return false;
        }
    }
    for (; *from == '*'; from++) {
        stood->begin[stood->count] = name;
        stood->length[stood->count++] = 0;
    }
    return *from == '\0';
}

static void write_name(const char *to, const texts *stood, gd__text *name)
{
    int star = 0;
    for (; *to != '\0'; to++)
        if (*to != '*') {
            gd__text_add_bytes(name, to, 1);
        } else {
            gd__text_add_bytes(name, stood->begin[star], stood->length[star]);
            star++;
        }
}

// A rule between slashes, as an expression; *expression is NULL for one with stars.
static gd_status read_rule(const gd_rename *rule, gd__expression **expression)
{
    const size_t length = strlen(rule->from);
    *expression = NULL;
    if (gd__expression_length(rule->from) != length) {
        if (stars_in(rule->from) > MOST_STARS || stars_in(rule->to) > stars_in(rule->from))
            return gd__fail(GD_ERROR_ARGUMENT, "'%.100s' has %d *, and '%.100s' has %d: at most as many, and %d",
                            rule->to, stars_in(rule->to), rule->from, stars_in(rule->from), MOST_STARS);
        return GD_OK;
    }
    const gd_status status = gd__expression_create(rule->from + 1, length - 2, expression);
    if (status == GD_OK && gd__replacement_groups(rule->to) > gd__expression_groups(*expression))
        return gd__fail(GD_ERROR_ARGUMENT, "'%.100s' speaks of group %d, and '%.100s' has %d", rule->to,
                        gd__replacement_groups(rule->to), rule->from, gd__expression_groups(*expression));
    return status;
}

// `expression` has room for one a rule.
static gd_status read_rules(const gd_load_opts *opts, gd__expression **expression)
{
    gd_status status = GD_OK;
    for (int i = 0; i < opts->rename_count && status == GD_OK; i++) {
        const gd_rename *rule = &opts->rename[i];
        status = rule->from == NULL || rule->to == NULL
                     ? gd__fail(GD_ERROR_ARGUMENT, "rule %d to rename weights has no text", i)
                     : read_rule(rule, &expression[i]);
    }
    return status;
}

static gd_status check_rules(const gd_load_opts *opts)
{
    if (opts->rename_count < 0 || opts->rename_count > 100000)
        return gd__fail(GD_ERROR_ARGUMENT, "%d rules to rename weights", opts->rename_count);
    if (opts->rename_count > 0)
        GD__NEEDS(opts->rename, GD_ERROR_ARGUMENT);
    return GD_OK;
}

// What strip and rename make of the name.
static void rename_tensor(const gd_load_opts *opts, gd__expression *const *expression, const char *tensor,
                          gd__text *name)
{
    const size_t length = opts->strip == NULL ? 0 : strlen(opts->strip);
    const char *bare = length > 0 && strncmp(tensor, opts->strip, length) == 0 ? tensor + length : tensor;
    texts stood;
    for (int i = 0; i < opts->rename_count; i++) {
        const gd_rename *rule = &opts->rename[i];
        if (expression[i] != NULL ? gd__expression_replace(expression[i], bare, rule->to, name)
                                  : fits(rule->from, bare, &stood)) {
            if (expression[i] == NULL)
                write_name(rule->to, &stood, name);
            return;
        }
    }
    gd__text_add(name, "%s", bare);
}

// *name is NULL for a tensor that the program leaves out.
static gd_status name_of(const gd_load_opts *opts, gd__expression *const *expression, const char *tensor, char **name)
{
    gd__text text = {0};
    rename_tensor(opts, expression, tensor, &text);
    *name = gd__text_take(&text);
    if (*name == NULL)
        return gd__fail_memory("the name of a weight");
    if (opts->name == NULL)
        return GD_OK;
    char made[GD_WEIGHT_NAME];
    if (strlen(*name) >= sizeof made)
        return gd__fail(GD_ERROR_ARGUMENT, "'%.100s…' is longer than %d bytes", *name, GD_WEIGHT_NAME - 1);
    strcpy(made, *name);
    gd__free(*name);
    *name = NULL;
    if (!opts->name(opts->context, tensor, made))
        return GD_OK;
    made[sizeof made - 1] = '\0';
    *name = gd__copy_text(made);
    return *name == NULL ? gd__fail_memory("the name of a weight") : GD_OK;
}

// ---- The map

bool gd__weight_wanted(const gd__weight_map *map, const char *name)
{
    return (map->match.count == 0 || gd__pattern_fits(&map->match, name)) && !gd__pattern_fits(&map->ignore, name);
}

static int by_name(const void *a, const void *b)
{
    const gd__mapped_tensor *first = a, *second = b;
    const int order = strcmp(first->name, second->name);
    return order != 0 ? order : strcmp(first->tensor, second->tensor);
}

static gd_status check_names(const gd__weight_map *map)
{
    for (int i = 1; i < map->count; i++)
        if (map->at[i].wanted && strcmp(map->at[i - 1].name, map->at[i].name) == 0)
            return gd__fail(GD_ERROR_ARGUMENT, "'%.100s' and '%.100s' of the file both become '%.100s'",
                            map->at[i - 1].tensor, map->at[i].tensor, map->at[i].name);
    return GD_OK;
}

static gd_status read_patterns(gd__weight_map *map, const gd_load_opts *opts)
{
    gd_status status = opts->match == NULL ? GD_OK : gd__pattern_create(&map->match, opts->match);
    if (status == GD_OK && opts->ignore != NULL)
        status = gd__pattern_create(&map->ignore, opts->ignore);
    if (status == GD_OK && opts->demand != NULL)
        status = gd__pattern_create(&map->demand, opts->demand);
    if (status == GD_OK && opts->transpose != NULL)
        status = gd__pattern_create(&map->transpose, opts->transpose);
    return status;
}

static gd_status map_tensors(gd__weight_map *map, const gd_tensor_file *file, const gd_load_opts *opts,
                             gd__expression *const *expression)
{
    gd_status status = GD_OK;
    for (int i = 0; i < gd_tensor_file_count(file) && status == GD_OK; i++) {
        gd__mapped_tensor mapped = {.tensor = gd_tensor_file_name(file, i), .value = gd_tensor_file_at(file, i)};
        if (!gd__is_model_tensor(file, mapped.tensor))
            continue;
        status = name_of(opts, expression, mapped.tensor, &mapped.name);
        if (mapped.name == NULL)
            continue;
        mapped.wanted = gd__weight_wanted(map, mapped.name);
        map->at[map->count++] = mapped;
    }
    return status;
}

gd_status gd__weight_map_create(gd__weight_map *map, const gd_tensor_file *file, const gd_load_opts *opts)
{
    *map = (gd__weight_map){.at = gd__alloc_zeroed((size_t)gd_tensor_file_count(file) + 1, sizeof *map->at)};
    gd_status status = map->at == NULL ? gd__fail_memory("the names of weights") : check_rules(opts);
    const int rules = status == GD_OK ? opts->rename_count : 0;
    gd__expression **expression = gd__alloc_zeroed((size_t)rules + 1, sizeof *expression);
    if (status == GD_OK)
        status = expression == NULL ? gd__fail_memory("the names of weights") : read_rules(opts, expression);
    if (status == GD_OK)
        status = read_patterns(map, opts);
    if (status == GD_OK)
        status = map_tensors(map, file, opts, expression);
    for (int i = 0; i < rules && expression != NULL; i++)
        gd__expression_free(expression[i]);
    gd__free(expression);
    if (status == GD_OK) {
        qsort(map->at, (size_t)map->count, sizeof *map->at, by_name);
        status = check_names(map);
    }
    if (status != GD_OK)
        gd__weight_map_free(map);
    return status;
}

void gd__weight_map_free(gd__weight_map *map)
{
    for (int i = 0; i < map->count; i++)
        gd__free(map->at[i].name);
    gd__free(map->at);
    gd__pattern_free(&map->match);
    gd__pattern_free(&map->ignore);
    gd__pattern_free(&map->demand);
    gd__pattern_free(&map->transpose);
    *map = (gd__weight_map){0};
}

gd__mapped_tensor *gd__weight_map_find(const gd__weight_map *map, const char *name)
{
    int first = 0, behind = map->count;
    while (first < behind) {
        const int middle = first + (behind - first) / 2, order = strcmp(name, map->at[middle].name);
        if (order == 0)
            return &map->at[middle];
        if (order < 0)
            behind = middle;
        else
            first = middle + 1;
    }
    return NULL;
}

// Whether one is the other with something before a dot: 'module.fc.weight' and 'fc.weight'.
static bool is_tail(const char *a, const char *b)
{
    const size_t length = strlen(a), other = strlen(b);
    const size_t least = length < other ? length : other, most = length < other ? other : length;
    const char *longer = length < other ? b : a;
    return least > 0 && most > least && longer[most - least - 1] == '.' &&
           strcmp(longer + (most - least), length < other ? a : b) == 0;
}

const gd__mapped_tensor *gd__weight_map_nearest(const gd__weight_map *map, const char *name)
{
    enum { MOST_NAMES = 4000 };
    for (int i = 0; i < map->count; i++)
        if (is_tail(map->at[i].name, name))
            return &map->at[i];
    const char **words = gd__alloc(((size_t)map->count + 1) * sizeof *words);
    if (words == NULL || map->count > MOST_NAMES) {
        gd__free(words);
        return NULL;
    }
    for (int i = 0; i < map->count; i++)
        words[i] = map->at[i].name;
    const char *near = gd_nearest_word(name, map->count, words);
    gd__free(words);
    return near == NULL ? NULL : gd__weight_map_find(map, near);
}
