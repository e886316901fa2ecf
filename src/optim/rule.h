// What the files of the rules share: formulas that recur, and the ranges of their options.
#ifndef GD_OPTIM_RULE_H
#define GD_OPTIM_RULE_H

#include <gradus/ops.h>
#include <gradus/optim.h>

extern const gd_records gd__rule_records; // gd_rule_kinds(), for tables

// keep old + add fresh
gd_tensor gd__blend(gd_tensor old, double keep, gd_tensor fresh, double add);
// w - rate direction
gd_tensor gd__descend(gd_tensor w, gd_tensor rate, gd_tensor direction);
// 1 - beta^t
gd_tensor gd__bias(gd_tensor step, double beta);
// 1 in the first step, 0 in all others: slots that begin at something else than zero have it added then.
gd_tensor gd__first(gd_tensor step);
// S(v, a) = v - min(max(v, -a), a): what lies within -a … a becomes zero exactly.
gd_tensor gd__soft_threshold(gd_tensor v, gd_tensor a);

// What is common to all options of a sort, within a gd_option.
#define GD__PART .type = GD_OPTION_NUMBER, .ranged = true, .below = true, .low = 0, .high = 1        // 0 <= x < 1
#define GD__POSITIVE .type = GD_OPTION_NUMBER, .ranged = true, .above = true, .low = 0, .high = 1e30 // 0 < x
#define GD__NUMBER .type = GD_OPTION_NUMBER, .ranged = true, .low = 0, .high = 1e9                   // 0 <= x

// The options struct S fits into a gd_rule or a gd_schedule.
#define GD__OPTIONS_FIT(S) _Static_assert(sizeof(S) <= GD_OPTIONS_ROOM, "the options are too large")

#endif
