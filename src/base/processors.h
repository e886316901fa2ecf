// How many processors this process may use.
#ifndef GD_BASE_PROCESSORS_H
#define GD_BASE_PROCESSORS_H

// The processors that the process may run on (its affinity mask), and no more than the time that its control group
// allows, rounded up: 1.5 processors' time is worth two threads, and half a processor's is worth one. At least 1.
int gd__processors(void);

#endif
