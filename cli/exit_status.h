#ifndef GRADUS_CLI_EXIT_STATUS_H
#define GRADUS_CLI_EXIT_STATUS_H

// How the command ends.
enum {
    EXIT_FINE = 0,
    EXIT_ERROR = 1,       // it failed, and standard error says why
    EXIT_USAGE = 2,       // the command line could not be understood
    EXIT_BY_SIGNAL = 128, // plus the signal's number: stopped from outside, with everything saved
};

#endif
