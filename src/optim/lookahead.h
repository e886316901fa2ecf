// Wrappers of any rule, which take its new weights and make others of them.
#ifndef GD_OPTIM_LOOKAHEAD_H
#define GD_OPTIM_LOOKAHEAD_H

#include <gradus/optim.h>

// Of one type, shared by its parameters: whether this step goes back, as GD_BOOL.
gd_tensor gd__lookahead_begin(const gd_lookahead *lookahead, gd_tensor step);
// The new value of `parameter`, given the one that the rule made; its slow weights are added to the list. `first` is 1
// in the first step, else 0.
gd_status gd__lookahead_write(const gd_lookahead *lookahead, gd_tensor goes_back, gd_tensor first, gd_tensor parameter,
                              gd_tensor *value, gd_assignment_list *list);

// Adds the parameter's moving average to the list.
gd_status gd__ema_write(const gd_ema *ema, gd_tensor first, gd_tensor parameter, gd_tensor value,
                        gd_assignment_list *list);

// Of one type, shared by its parameters: the part that this step's weights have in the mean, e = (1 - s) e + s w. It is
// 1 before the mean begins, 1 / n where they are the n-th in it, and 0 in between.
gd_tensor gd__swa_share(const gd_swa *swa, gd_tensor step);
// Adds the parameter's mean to the list.
gd_status gd__swa_write(gd_tensor share, gd_tensor parameter, gd_tensor value, gd_assignment_list *list);

#endif
