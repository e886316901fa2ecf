#include "base/stack.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

int gd__thread_create(pthread_t *thread, void *(*run)(void *argument), void *argument)
{
    pthread_attr_t attributes;
    int failure = pthread_attr_init(&attributes);
    if (failure != 0)
        return failure;
    failure = pthread_attr_setstacksize(&attributes, GD__STACK_SIZE);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (failure == 0)
        failure = pthread_create(thread, &attributes, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return failure;
}

#ifdef __linux__
// Where the calling thread's stack lies; asked once, which takes the first thread of a process many microseconds.
typedef struct extent {
    bool known;
    uintptr_t low, high;
} extent;

static extent find_extent(void)
{
    extent found = {.known = true};
    pthread_attr_t attributes;
    void *low = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return found;
    if (pthread_attr_getstack(&attributes, &low, &size) == 0) {
        found.low = (uintptr_t)low;
        found.high = found.low + size;
    }
    pthread_attr_destroy(&attributes);
    return found;
}

static bool has_room(void)
{
    static _Thread_local extent stack;
    if (!stack.known)
        stack = find_extent();
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    return here > stack.low && here <= stack.high && here - stack.low >= GD__STACK_NEED;
}
#else
static bool has_room(void)
{
    return true;
}
#endif

typedef struct errand {
    gd_status (*run)(void *argument);
    void *argument;
    gd_status status;
    char sentence[GD_MESSAGE_SIZE];
} errand;

static void *go(void *pointer)
{
    errand *e = pointer;
    e->status = e->run(e->argument);
    if (e->status != GD_OK)
        snprintf(e->sentence, sizeof e->sentence, "%s", gd_last_error());
    return NULL;
}

gd_status gd__with_stack(gd_status (*run)(void *argument), void *argument)
{
    if (has_room())
        return run(argument);
    errand e = {.run = run, .argument = argument};
    pthread_t thread;
    const int failure = gd__thread_create(&thread, go, &e);
    if (failure != 0)
        return gd__fail(GD_ERROR_MEMORY, "no thread with %d kB of stack could be started: %s", GD__STACK_SIZE / 1024,
                        strerror(failure));
    pthread_join(thread, NULL);
    return e.status == GD_OK ? GD_OK : gd__fail(e.status, "%s", e.sentence);
}
