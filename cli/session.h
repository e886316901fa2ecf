// A training by the command, and the directory that it writes into.
#ifndef GRADUS_CLI_SESSION_H
#define GRADUS_CLI_SESSION_H

#include <gradus/gradus.h>
#include <gradus/report.h>

#include "options.h"
#include "progress.h"

struct folds;

typedef struct session {
    const arguments *given;
    const char *path; // of the recipe or checkpoint
    char *checkpoint; // to go on from; owned
    char *directory;  // of the run to go on with; owned
    gd_model *model;
    gd_train_settings settings;
    gd_trainer *trainer;
    gd_run *run; // NULL: nothing is written
    progress progress;
    gd_observer inner;  // the progress'
    double page_time;   // when the page of the running training was last written, or it began
    bool has_page;      // it was written
    int64_t weights_of; // after the training: the epoch whose weights the model has
    bool best_weights;  // they are those of the best checkpoint
    bool quiet, resume, with_report;
    const struct folds *folds; // the training is one of several; NULL: it stands alone
    int fold;                  // which of them, from 1
} session;

// Trains from beginning to end (train.c), and releases what the session holds; returns how the command ends.
int session_train(session *s);

// ---- session_directory.c. Each returns how the command ends: EXIT_FINE, or after a complaint.

// What is to be resumed: the checkpoint, and the directory in which it goes on.
int session_find(session *s);
// Takes the directory of the run, for this training alone, and fills the settings anew.
int session_take_directory(session *s);

// ---- session_end.c

// The page of a run that goes on: written now and then while it trains, and loaded again by the browser.
void session_refresh_page(session *s);
// The best weights where there are some, what they are worth, the report, and where the files lie.
int session_finish(session *s);
// A training that did not come to its end: says so in run.json, and returns how the command ends.
int session_fail(session *s, gd_status status);

#endif
