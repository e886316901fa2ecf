#include "io/parquet_library.h"

#ifdef GD_HAVE_PARQUET

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static gd__parquet_library loaded;
static char failure[300]; // why it is not there; "" when it is

// GLib defines some functions as macros too.
#undef g_object_unref
#undef g_error_free
#undef g_free

#define ENTRY(name) {#name, offsetof(gd__parquet_library, name)},
static const struct {
    const char *name;
    size_t offset; // in gd__parquet_library
} functions[] = {GD__PARQUET_FUNCTIONS(ENTRY)};
#undef ENTRY

// The name of the library's file holds its version, so one that is found is the one whose headers were there.
static void load(void)
{
    void *handle = dlopen(GD_PARQUET_SONAME, RTLD_LAZY | RTLD_LOCAL);
    if (handle == NULL) {
        const char *why = dlerror();
        snprintf(failure, sizeof failure, "%s", why == NULL ? GD_PARQUET_SONAME " cannot be loaded" : why);
        return;
    }
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        const void *symbol = dlsym(handle, functions[i].name); // of the library, or of those it needs
        memcpy((char *)&loaded + functions[i].offset, &symbol, sizeof symbol);
        if (symbol != NULL)
            continue;
        snprintf(failure, sizeof failure, "the library %s has no %s", GD_PARQUET_SONAME, functions[i].name);
        return;
    }
}

gd_status gd__parquet_load(const char *path, const gd__parquet_library **library)
{
    pthread_once(&once, load);
    *library = failure[0] == '\0' ? &loaded : NULL;
    if (*library == NULL)
        return gd__fail(
            GD_ERROR_UNSUPPORTED,
            "%s: cannot be read, because Apache Arrow's GLib library for Parquet cannot be used: %s (install "
            "its packages again, or those for building, and build Gradus again)",
            path, failure);
    return GD_OK;
}

#endif
