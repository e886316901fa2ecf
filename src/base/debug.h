// Looking inside while the library runs. GD_DEBUG=1 prints the time of each step of a plan, 2 the decisions of the
// planner too, 3 the graph after each pass, 4 statistics of every tensor. It goes to standard error, and only when the
// variable is set: without it the library never prints.
#ifndef GD_BASE_DEBUG_H
#define GD_BASE_DEBUG_H

#include <gradus/base.h>

int gd__debug_level(void);   // read from the environment once
bool gd__debug_verify(void); // GD_VERIFY=1: every step is compared with its plain kernel
void gd__debug_print(const char *format, ...) GD_PRINTF(1, 2);

#endif
