// Ctrl-C and the other polite ways to ask a program to end.
#ifndef GRADUS_CLI_INTERRUPT_H
#define GRADUS_CLI_INTERRUPT_H

#include <signal.h>

// From now on the first SIGINT, SIGTERM or SIGHUP only sets the flag, and a second one ends the program at once.
void interrupt_watch(void);
// The number of the signal that came, or 0.
const volatile sig_atomic_t *interrupt_flag(void);

#endif
