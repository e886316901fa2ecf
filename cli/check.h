// gradus check --health
#ifndef GRADUS_CLI_CHECK_H
#define GRADUS_CLI_CHECK_H

#include <gradus/gradus.h>

#include "options.h"

// Looks at the layers of a network on one batch of its training data, and says what is wrong. Returns how to end.
int check_health(const arguments *given, gd_model *model);

#endif
