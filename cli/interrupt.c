#include "interrupt.h"

#include <gradus/progress.h>
#include <stddef.h>

// A signal handler can speak to the rest of the program only so.
static volatile sig_atomic_t flag;

static void note_signal(int number)
{
    flag = number;
}

static int tell(void *context, const char *what, int64_t done, int64_t total)
{
    (void)context, (void)what, (void)done, (void)total;
    return flag != 0;
}

void interrupt_watch(void)
{
    gd_set_listener((gd_listener){.report = tell}); // so that reading and planning end too
    static const int number[] = {SIGINT, SIGTERM, SIGHUP};
    for (int i = 0; i < 3; i++) {
        // What was ignored at the start stays so (nohup). SA_RESETHAND: the second time the default holds.
        struct sigaction before, action = {.sa_handler = note_signal, .sa_flags = SA_RESTART | (int)SA_RESETHAND};
        sigemptyset(&action.sa_mask);
        if (sigaction(number[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(number[i], &action, NULL);
    }
}

const volatile sig_atomic_t *interrupt_flag(void)
{
    return &flag;
}
