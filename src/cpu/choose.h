// Choosing the fastest of several ways by timing them once on this machine. The choice is remembered in a file, so a
// later process makes the same one without timing, and computes the same bits.
#ifndef GD_CPU_CHOOSE_H
#define GD_CPU_CHOOSE_H

#include <gradus/base.h>

// Runs candidate `index` and returns how many seconds it took; negative when it cannot be used.
typedef double gd__try(void *context, int index);

enum { GD__CANDIDATES = 8 }; // at most

// Is a job of so many operations worth the time of a choice? Any is when GD_CHOOSE says what to take.
bool gd__worth_choosing(double operations);

// The candidate to use for the job that `key` describes (one line without tabs). Looked up first; else all are timed
// and the choice is remembered. Candidate 0 is taken without timing when choices cannot be remembered, since the next
// process could choose differently.
//
// The file is choices-<processor>.txt in $GRADUS_CACHE, else $XDG_CACHE_HOME/gradus, else ~/.cache/gradus. An empty
// GRADUS_CACHE turns choosing off. GD_CHOOSE=N takes candidate N, or the last one, and remembers nothing: for tests.
// `try` NULL: nothing is timed, and candidate 0 is chosen unless an earlier choice is remembered.
int gd__choose(const char *key, int candidates, gd__try *try, void *context);

#endif
