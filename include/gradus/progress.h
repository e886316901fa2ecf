// How far a long call is, and ending it early.
#ifndef GRADUS_PROGRESS_H
#define GRADUS_PROGRESS_H

#include <gradus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

// `report` is called on the thread that made the long call: `what` says in words what is being done ("training"),
// `done` counts up to `total`, in units of its own (0: how much there is is not known). Anything but 0 ends the call
// with GD_ERROR_INTERRUPTED, and what it was making is released as on any failure; gd_fit ends as with .should_stop,
// after a checkpoint. While it runs, calls of this thread into the library report nothing.
typedef struct gd_listener {
    int (*report)(void *context, const char *what, int64_t done, int64_t total); // NULL: none
    void *context;
    double interval; // seconds between two reports at least; 0: 0.1, below 0: every one
} gd_listener;

// Whom the long calls of this thread report to, from now on: training, evaluation, prediction, making plans, reading
// tables, decoding pictures, describing data, and looking for what is similar. {0}: nobody, as at first. Other threads
// are not concerned. While a plan is made the graph is held: `report` must not change it.
GD_API void gd_set_listener(gd_listener listener);

#ifdef __cplusplus
}
#endif
#endif
