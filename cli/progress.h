// What one sees while a network is trained: a line that is redrawn on a terminal, plain lines anywhere else.
#ifndef GRADUS_CLI_PROGRESS_H
#define GRADUS_CLI_PROGRESS_H

#include <gradus/train.h>

typedef struct progress {
    bool quiet;
    int width;         // of the terminal; 0: there is none
    bool utf8, color;  //
    bool drawn;        // the line on the terminal is a bar
    double last_shown; // when something was last shown, by the monotonic clock
    int64_t epochs;    // of the run
} progress;

void progress_start(progress *progress, bool quiet, int64_t epochs);
gd_observer progress_observer(progress *progress);
// Takes the bar away: other words follow.
void progress_clear(progress *progress);

// "  loss 0.4321  accuracy 0.8512"
void print_measures(double loss, int count, const char *const *name, const double *metric);

#endif
