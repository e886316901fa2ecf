#include "optim/group.h"

#include <gradus/ops.h>
#include <gradus/text.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { LONGEST = 400 };

// ---- Patterns

// The name that is nearest to the pattern, or whose end behind its last dot is; NULL: none is near.
static const char *nearest_name(const char *pattern, int count, const gd_tensor *parameter)
{
    char plain[LONGEST];
    size_t length = 0;
    for (const char *at = pattern; *at != '\0' && length < sizeof plain - 1; at++)
        if (*at != '*' && *at != '?')
            plain[length++] = *at;
    plain[length] = '\0';
    const char **word = gd__alloc_zeroed(2 * (size_t)count + 1, sizeof *word);
    if (word == NULL)
        return NULL;
    for (int i = 0; i < count; i++) {
        word[i] = gd_variable_name(parameter[i]);
        const char *dot = strrchr(word[i], '.');
        word[count + i] = dot == NULL ? word[i] : dot;
    }
    const char *nearest = gd_nearest_word(plain, 2 * count, word);
    for (int i = 0; nearest != NULL && i < count; i++)
        if (nearest == word[i] || nearest == word[count + i])
            nearest = word[i];
    gd__free(word);
    return nearest;
}

static gd_status fail_match(const gd__alternative *alternative, int count, const gd_tensor *parameter)
{
    char pattern[LONGEST];
    const int length = alternative->length < LONGEST ? alternative->length : LONGEST - 1;
    memcpy(pattern, alternative->text, (size_t)length);
    pattern[length] = '\0';
    const char *nearest = nearest_name(pattern, count, parameter);
    if (nearest != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "'%.100s' matches no parameter; the nearest is '%.100s'", pattern, nearest);
    return gd__fail(GD_ERROR_ARGUMENT, "'%.100s' matches no parameter; they begin with '%.100s'", pattern,
                    count > 0 ? gd_variable_name(parameter[0]) : "");
}

gd_status gd__pattern_check(const gd__pattern *match, int count, const gd_tensor *parameter)
{
    for (int i = 0; i < match->count; i++) {
        int found = 0;
        for (int j = 0; j < count; j++)
            found += gd__alternative_fits(&match->alternative[i], gd_variable_name(parameter[j]));
        if (found == 0)
            return fail_match(&match->alternative[i], count, parameter);
    }
    return GD_OK;
}

// ---- Treatments

static gd_status check_group(const gd_parameter_group *g)
{
    if (g->match == NULL || g->match[0] == '\0')
        return gd__fail(GD_ERROR_ARGUMENT, "a group of parameters needs a pattern of their names");
    if (!(g->learning_rate >= 0 && g->learning_rate <= 1e30) || !(g->weight_decay >= 0 && g->weight_decay <= 1e9))
        return gd__fail(GD_ERROR_ARGUMENT,
                        "'%.100s': the factor of the learning rate is %g and the weight decay %g, expected "
                        "numbers of at least 0",
                        g->match, g->learning_rate, g->weight_decay);
    gd_status status = g->rule != NULL ? gd_rule_check(g->rule) : GD_OK;
    if (status == GD_OK && g->rule != NULL && gd_rule_minimiser(g->rule) != NULL)
        status = gd__fail(GD_ERROR_ARGUMENT, "'%.100s': %s works on all parameters together", g->match,
                          gd_rule_name(g->rule));
    return status;
}

// `match` has the pattern of each group.
static gd__treatment treatment_of(const gd_rule *rule, int group_count, const gd_parameter_group *group,
                                  const gd__pattern *match, const char *name)
{
    gd__treatment t;
    memset(&t, 0, sizeof t);
    t.factor = 1;
    t.rule = *rule;
    const gd_parameter_group *decays = NULL;
    for (int i = 0; i < group_count; i++) {
        const gd_parameter_group *g = &group[i];
        if (!gd__pattern_fits(&match[i], name))
            continue;
        t.frozen = t.frozen || g->freeze;
        t.rule = g->rule != NULL ? *g->rule : t.rule;
        t.factor = g->learning_rate > 0 ? g->learning_rate : t.factor;
        decays = g->sets_weight_decay ? g : decays;
    }
    if (decays != NULL)
        t.rule.weight_decay = decays->weight_decay;
    // The common rule's rate is what comes in.
    if (t.rule.learning_rate != rule->learning_rate && rule->learning_rate > 0)
        t.factor *= t.rule.learning_rate / rule->learning_rate;
    return t;
}

// Checks the groups and reads their patterns; `match` has room for one a group.
static gd_status read_groups(int group_count, const gd_parameter_group *group, int count, const gd_tensor *parameter,
                             gd__pattern *match)
{
    gd_status status = GD_OK;
    for (int i = 0; i < group_count && status == GD_OK; i++) {
        status = check_group(&group[i]);
        if (status == GD_OK)
            status = gd__pattern_create(&match[i], group[i].match);
        if (status == GD_OK)
            status = gd__pattern_check(&match[i], count, parameter);
    }
    return status;
}

gd_status gd__treatments_of(const gd_rule *rule, int group_count, const gd_parameter_group *group, int count,
                            const gd_tensor *parameter, gd__treatment **out)
{
    *out = NULL;
    if (group_count < 0 || group_count > GD_MAX_PARAMETER_GROUPS)
        return gd__fail(GD_ERROR_ARGUMENT, "%d groups of parameters, expected at most %d", group_count,
                        GD_MAX_PARAMETER_GROUPS);
    gd__pattern match[GD_MAX_PARAMETER_GROUPS] = {{0}};
    gd_status status = read_groups(group_count, group, count, parameter, match);
    gd__treatment *treatment = status == GD_OK ? gd__alloc_zeroed((size_t)count + 1, sizeof *treatment) : NULL;
    for (int i = 0; i < count && treatment != NULL; i++)
        treatment[i] = treatment_of(rule, group_count, group, match, gd_variable_name(parameter[i]));
    for (int i = 0; i < group_count; i++)
        gd__pattern_free(&match[i]);
    if (status == GD_OK && treatment == NULL)
        status = gd__fail_memory("groups of parameters");
    *out = treatment;
    return status;
}

bool gd__treatment_same(const gd__treatment *a, const gd__treatment *b)
{
    const gd_rule *r = &a->rule, *s = &b->rule;
    return a->frozen == b->frozen && a->factor == b->factor && r->kind == s->kind &&
           r->learning_rate == s->learning_rate && r->weight_decay == s->weight_decay && r->decoupled == s->decoupled &&
           r->spare_vectors == s->spare_vectors && r->lookahead.steps == s->lookahead.steps &&
           r->lookahead.part == s->lookahead.part && r->ema.decay == s->ema.decay && r->swa.start == s->swa.start &&
           r->swa.every == s->swa.every && memcmp(&r->own, &s->own, sizeof r->own) == 0;
}

// ---- Writing

gd_status gd__treatments_write(const gd__treatment *treatment, gd_graph *graph, gd_tensor learning_rate, gd_tensor step,
                               int count, const gd_tensor *parameter, const gd_tensor *gradient,
                               gd_assignment_list *list)
{
    gd_tensor *alike = gd__alloc_zeroed(2 * (size_t)count + 1, sizeof *alike);
    bool *done = gd__alloc_zeroed((size_t)count + 1, sizeof *done);
    gd_status status = alike != NULL && done != NULL ? GD_OK : gd__fail_memory("groups of parameters");
    for (int i = 0; i < count && status == GD_OK; i++) {
        if (done[i] || treatment[i].frozen)
            continue;
        int same = 0;
        for (int j = i; j < count; j++) {
            if (done[j] || !gd__treatment_same(&treatment[i], &treatment[j]))
                continue;
            done[j] = true;
            alike[same] = parameter[j];
            alike[count + same++] = gradient[j];
        }
        const gd_tensor rate = treatment[i].factor == 1 ? learning_rate : gd_scale(learning_rate, treatment[i].factor);
        status = gd_rule_assignments(&treatment[i].rule, graph, rate, step, same, alike, alike + count, list);
    }
    gd__free(alike);
    gd__free(done);
    return status;
}

gd_status gd_group_assignments(const gd_rule *rule, int group_count, const gd_parameter_group *group, gd_graph *graph,
                               gd_tensor learning_rate, gd_tensor step, int count, const gd_tensor *parameter,
                               const gd_tensor *gradient, gd_assignment_list *list)
{
    if (group_count > 0)
        GD__NEEDS(group, GD_ERROR_ARGUMENT);
    GD__NEEDS(list, GD_ERROR_ARGUMENT);
    gd__treatment *treatment;
    gd_status status = gd_rule_check(rule);
    if (status == GD_OK)
        status = gd__treatments_of(rule, group_count, group, count, parameter, &treatment);
    if (status != GD_OK)
        return status;
    status = gd__treatments_write(treatment, graph, learning_rate, step, count, parameter, gradient, list);
    gd__free(treatment);
    return status;
}
