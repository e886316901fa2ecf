// A run's directory from within.
#ifndef GD_RUN_RUN_H
#define GD_RUN_RUN_H

#include <gradus/op.h>
#include <gradus/runs.h>
#include <jansson.h>

struct gd_run {
    char *directory;
    char *lock_path;
    int lock; // descriptor
    bool resume;
    json_t *record; // run.json; NULL before gd_run_begin
};

// The largest run.json that is read.
enum { GD__RECORD_LIMIT = 64 << 20 };

// "directory/file"; NULL when memory is short. Free with gd__free.
char *gd__run_path(const char *directory, const char *file);
bool gd__run_has(const char *directory, const char *file);
// run.json, or NULL: it is not there, or damaged. Release with json_decref.
json_t *gd__run_record(const char *directory);
// What run.json and the lock together say.
gd_run_state gd__run_state(const char *directory, const json_t *record);

// "2026-11-27T04:05:06Z", and back: 0 for what is no such text.
enum { GD__TIME_TEXT = 32 };
const char *gd__time_text(int64_t seconds, char text[GD__TIME_TEXT]);
int64_t gd__time_read(const char *text);

#endif
