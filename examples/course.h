// What the programs of the course share: their two options, and how they end.
#ifndef COURSE_H
#define COURSE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>

typedef struct course {
    bool small;          // --small: little data and few steps, for tests
    const char *figures; // --figures DIR: where figures are written; NULL: nowhere
} course;

static inline course course_options(int argc, char **argv)
{
    course options = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--small") == 0) {
            options.small = true;
        } else if (strcmp(argv[i], "--figures") == 0 && i + 1 < argc) {
            options.figures = argv[++i];
        } else {
            fprintf(stderr, "usage: %s [--small] [--figures DIR]\n", argv[0]);
            exit(2);
        }
    }
    return options;
}

// Prints what went wrong; the program's exit status.
static inline int course_fail(void)
{
    fprintf(stderr, "%s\n", gd_last_error());
    return 1;
}

// Writes DIR/NAME.json if figures are wanted, and releases the figure.
static inline gd_status course_figure(const course *options, const char *name, gd_figure *figure)
{
    gd_status status = GD_OK;
    if (options->figures != NULL) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.json", options->figures, name);
        status = gd_figure_write_json(figure, path);
    }
    gd_figure_free(figure);
    return status;
}

#endif
