#include "base/progress.h"

#include "base/error.h"

typedef struct hearing {
    gd_listener listener;
    double last; // gd_clock of the last report
    bool speaking;
} hearing;

// Documented state of each thread: whom its long calls report to.
static _Thread_local hearing here;

void gd_set_listener(gd_listener listener)
{
    here = (hearing){.listener = listener, .speaking = here.speaking};
}

bool gd__is_cancelled(const char *what, int64_t done, int64_t total)
{
    if (here.listener.report == NULL || here.speaking)
        return false;
    const double now = gd_clock(), interval = here.listener.interval == 0 ? 0.1 : here.listener.interval;
    if (here.last > 0 && now - here.last < interval)
        return false;
    here.last = now;
    here.speaking = true;
    const bool cancelled = here.listener.report(here.listener.context, what, done, total) != 0;
    here.speaking = false;
    return cancelled;
}

gd_status gd__progress(const char *what, int64_t done, int64_t total)
{
    if (!gd__is_cancelled(what, done, total))
        return GD_OK;
    if (total > 0)
        return gd__fail(GD_ERROR_INTERRUPTED, "%s was cancelled after %lld of %lld", what, (long long)done,
                        (long long)total);
    return gd__fail(GD_ERROR_INTERRUPTED, "%s was cancelled after %lld", what, (long long)done);
}
