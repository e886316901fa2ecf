#include "base/debug.h"
#include "base/format.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// Documented process-wide state: what the environment said when it was first asked.
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int level;
static bool verify;

static void read_environment(void)
{
    const char *text = getenv("GD_DEBUG");
    level = text != NULL ? (int)strtol(text, NULL, 10) : 0;
    text = getenv("GD_VERIFY");
    verify = text != NULL && text[0] == '1';
}

int gd__debug_level(void)
{
    pthread_once(&once, read_environment);
    return level;
}

bool gd__debug_verify(void)
{
    pthread_once(&once, read_environment);
    return verify;
}

// Documented process-wide state: who takes the lines.
static void (*log_function)(const char *text, void *context);
static void *log_context;

void gd_set_log(void (*log)(const char *text, void *context), void *context)
{
    log_function = log;
    log_context = context;
}

void gd__debug_print(const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    if (log_function == NULL)
        vfprintf(stderr, format, arguments);
    else if (gd__format_list(text, sizeof text, format, arguments) > 0)
        log_function(text, log_context);
    va_end(arguments);
}
