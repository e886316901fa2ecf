// The machine and the build, as the report tells them.
#ifndef GD_RUN_MACHINE_H
#define GD_RUN_MACHINE_H

#include <gradus/base.h>

enum { GD__MACHINE_TEXT = 160 };
typedef struct gd__machine {
    char processor[GD__MACHINE_TEXT];
    char system[GD__MACHINE_TEXT];
    char compiler[GD__MACHINE_TEXT];
    char libraries[GD__MACHINE_TEXT];
    long cores;
    double memory_bytes; // 0: unknown
} gd__machine;

void gd__machine_describe(gd__machine *machine);

#endif
