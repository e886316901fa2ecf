// Parameters by pattern: what each of them gets of all the groups.
#ifndef GD_OPTIM_GROUP_H
#define GD_OPTIM_GROUP_H

#include <gradus/optim.h>

#include "base/pattern.h"

typedef struct gd__treatment {
    bool frozen;
    double factor; // of the learning rate
    gd_rule rule;
} gd__treatment;

// One for each parameter; free it with gd__free. Fails on a group that is out of range or matches nothing.
gd_status gd__treatments_of(const gd_rule *rule, int group_count, const gd_parameter_group *group, int count,
                            const gd_tensor *parameter, gd__treatment **out);
bool gd__treatment_same(const gd__treatment *a, const gd__treatment *b);
// Writes one step of each rule for its parameters.
gd_status gd__treatments_write(const gd__treatment *treatment, gd_graph *graph, gd_tensor learning_rate, gd_tensor step,
                               int count, const gd_tensor *parameter, const gd_tensor *gradient,
                               gd_assignment_list *list);

// Each alternative of the pattern matches the name of a parameter; fails otherwise, with the nearest name.
gd_status gd__pattern_check(const gd__pattern *match, int count, const gd_tensor *parameter);

#endif
