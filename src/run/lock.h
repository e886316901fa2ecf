// The lock of a run's directory: an open file that is locked for as long as its process lives.
#ifndef GD_RUN_LOCK_FILE_H
#define GD_RUN_LOCK_FILE_H

#include <gradus/base.h>

// Takes the lock; *descriptor is -1 when it is held by somebody else, whose process number is *holder (0: not known).
// On a file system without locks it succeeds all the same.
gd_status gd__lock_take(const char *path, int *descriptor, long *holder);
// Removes the file and lets go.
void gd__lock_release(const char *path, int descriptor);
// Whether somebody holds it. It is not touched.
bool gd__lock_is_held(const char *path);

#endif
