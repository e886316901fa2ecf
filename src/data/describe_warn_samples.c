// What is wrong with classes and categories, and samples that are there twice.
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/describe.h"
#include "data/shared_rows.h"

// ---- Classes and categories

// A list of categories: the first few by name, and how many more there are.
enum { MOST_NAMED = 3 };
typedef struct {
    int64_t count;
    gd__text text;
} name_list;

static void add_name(name_list *list, const gd__describe *d, int c, double value)
{
    char name[GD__CATEGORY_TEXT];
    if (list->count++ >= MOST_NAMED)
        return;
    gd__category_text(d, c, value, name);
    gd__text_add(&list->text, "%s'%.60s'", list->count == 1 ? "" : ", ", name);
}

// Gives the warning, if anything is in the list, and releases it.
static bool warn_of_list(gd__describe *d, gd_warning_kind kind, int c, const char *what, name_list *list)
{
    const int64_t more = list->count - MOST_NAMED;
    char rest[40] = "";
    if (more > 0)
        snprintf(rest, sizeof rest, " and %lld more", (long long)more);
    const bool good =
        list->count == 0 || (!list->text.failed && gd__warn(d, kind, c, "'%s' has %s: %s%s", d->result->column[c].name,
                                                            what, list->text.data, rest));
    gd__text_free(&list->text);
    return good;
}

static bool warn_of_untrained(gd__describe *d, int c)
{
    const gd__values *values = &d->profile[c].values;
    const bool target = d->result->column[c].role == GD_ROLE_TARGET;
    name_list list = {0};
    for (int64_t i = 0; i < values->count; i++)
        if (values->times[i][GD_TRAIN] == 0)
            add_name(&list, d, c, values->value[i]);
    return warn_of_list(d, target ? GD_WARNING_CLASS_UNTRAINED : GD_WARNING_CATEGORY_UNTRAINED, c,
                        target ? "classes that other parts have and the training part has not"
                               : "categories that other parts have and the training part has not",
                        &list);
}

// Classes that are known by name or number and that no sample has.
static bool warn_of_absent(gd__describe *d, int c)
{
    const gd__profile *profile = &d->profile[c];
    const gd_dataset *train = d->opts.part[GD_TRAIN];
    const int64_t classes = profile->form == GD__PROFILE_ONE_HOT
                                ? profile->width
                                : gd_dataset_field(train, profile->in[GD_TRAIN]).class_count;
    name_list list = {0};
    for (int64_t k = 0; k < classes && !profile->values.full; k++)
        if (gd__values_find(&profile->values, (double)k) < 0 && (double)k != profile->absent)
            add_name(&list, d, c, (double)k);
    return warn_of_list(d, GD_WARNING_CLASS_UNTRAINED, c, "classes of which there is no sample", &list);
}

static bool warn_of_single(gd__describe *d, int c)
{
    const gd__values *values = &d->profile[c].values;
    name_list list = {0};
    for (int64_t i = 0; i < values->count; i++)
        if (values->times[i][GD_TRAIN] == 1)
            add_name(&list, d, c, values->value[i]);
    return warn_of_list(d, GD_WARNING_CLASS_SINGLE, c, "classes with one sample in the training part", &list);
}

static bool warn_of_imbalance(gd__describe *d, int c)
{
    enum { STRONG = 20 };
    const gd_column *shown = &d->result->column[c];
    if (!(shown->imbalance > STRONG) || shown->category_count == 0)
        return true;
    // Categories are listed by how often the training part has them; those that it lacks come last.
    int last = shown->category_count - 1;
    while (last > 0 && shown->category[last].count[GD_TRAIN] == 0)
        last--;
    const gd_category_count *large = &shown->category[0], *small = &shown->category[last];
    return gd__warn(d, GD_WARNING_IMBALANCE, c,
                    "'%s': the training part has %.4g times as many samples of its largest class as of its smallest: "
                    "%lld of '%.60s', %lld of '%.60s'",
                    shown->name, shown->imbalance, (long long)large->count[GD_TRAIN], large->name,
                    (long long)small->count[GD_TRAIN], small->name);
}

bool gd__warn_of_categories(gd__describe *d, int c)
{
    const gd_role role = d->result->column[c].role;
    if (!gd__profile_is_category(d, c) || (role != GD_ROLE_TARGET && role != GD_ROLE_INPUT))
        return true;
    if (role == GD_ROLE_INPUT)
        return warn_of_untrained(d, c);
    return warn_of_untrained(d, c) && warn_of_absent(d, c) && warn_of_single(d, c) && warn_of_imbalance(d, c);
}

// ---- Samples

static gd_status warn_of_shared(gd__describe *d, int a, int b, const gd__shared *shared)
{
    const gd_dataset *const *part = d->opts.part;
    const int64_t count = shared->count;
    if (count == 0)
        return GD_OK;
    char in_a[GD_ORIGIN_TEXT], in_b[GD_ORIGIN_TEXT];
    gd_dataset_origin_text(part[a], shared->first_a, in_a);
    gd_dataset_origin_text(part[b], shared->first_b, in_b);
    static const char *const word[GD_PARTS] = {"training", "validation", "test"};
    const bool one = count == 1;
    const char *samples = one ? "sample" : "samples";
    const bool good =
        a == b ? gd__warn(d, GD_WARNING_DUPLICATES, -1, "%lld %s of the %s part %s an earlier one: %s equals %s",
                          (long long)count, samples, word[b], one ? "repeats" : "repeat", in_b, in_a)
               : gd__warn(d, GD_WARNING_SHARED, -1, "%lld %s of the %s part %s in the %s part, too: %s equals %s",
                          (long long)count, samples, word[b], one ? "is" : "are", word[a], in_b, in_a);
    return good ? GD_OK : gd__fail_memory("a description of data");
}

gd_status gd__warn_of_samples(gd__describe *d)
{
    int count = 0, number[GD_PARTS];
    const gd_dataset *there[GD_PARTS];
    gd__shared shared[GD_PARTS][GD__MOST_SETS];
    for (int part = 0; part < GD_PARTS; part++)
        if (d->opts.part[part] != NULL) {
            number[count] = part;
            there[count++] = d->opts.part[part];
        }
    gd_status status = gd__count_shared(count, there, shared);
    for (int a = 0; a < count && status == GD_OK; a++)
        for (int b = a; b < count && status == GD_OK; b++)
            status = warn_of_shared(d, number[a], number[b], &shared[a][b]);
    return status;
}
