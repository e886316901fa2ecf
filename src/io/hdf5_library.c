#include "io/hdf5_library.h"

#ifdef GD_HAVE_HDF5

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static gd__hdf5_library loaded;
static char failure[300]; // why it is not there; "" when it is

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name) // of what the macro `name` stands for

typedef struct {
    const char *name;
    size_t offset; // in gd__hdf5_library
} entry;

#define ENTRY(name) {TEXT(name), offsetof(gd__hdf5_library, name)},
static const entry functions[] = {GD__HDF5_FUNCTIONS(ENTRY)};
static const entry identifiers[] = {GD__HDF5_IDENTIFIERS(ENTRY)};
#undef ENTRY

// False with `failure` when there is no such symbol.
static bool put(entry entry, const void *symbol)
{
    memcpy((char *)&loaded + entry.offset, &symbol, sizeof symbol);
    if (symbol == NULL)
        snprintf(failure, sizeof failure, "the library %s has no %s", GD_HDF5_SONAME, entry.name);
    return symbol != NULL;
}

static bool find_functions(void *handle)
{
    bool found = true;
    for (size_t i = 0; found && i < sizeof functions / sizeof functions[0]; i++)
        found = put(functions[i], dlsym(handle, functions[i].name));
    return found;
}

// A program that is itself linked with HDF5 may have its own copy of a variable (a copy relocation); HDF5 then writes
// there, and what the library's file holds stays invalid for ever.
static void find_identifiers(void *handle)
{
    bool found = true;
    for (size_t i = 0; found && i < sizeof identifiers / sizeof identifiers[0]; i++) {
        const hid_t *variable = dlsym(handle, identifiers[i].name);
        if (variable != NULL && *variable < 0)
            variable = dlsym(RTLD_DEFAULT, identifiers[i].name);
        found = put(identifiers[i], variable);
    }
}

// Structures and numbers of constants hold within one major.minor. HDF5's own check (H5check_version, hidden in macros
// such as H5F_ACC_RDONLY) would end the program.
static bool check_version(void)
{
    unsigned major = 0, minor = 0, release = 0;
    if (loaded.H5get_libversion(&major, &minor, &release) >= 0 && major == H5_VERS_MAJOR && minor == H5_VERS_MINOR)
        return true;
    snprintf(failure, sizeof failure, "%s is of version %u.%u.%u, and Gradus was built for %d.%d", GD_HDF5_SONAME,
             major, minor, release, H5_VERS_MAJOR, H5_VERS_MINOR);
    return false;
}

static void load(void)
{
    void *handle = dlopen(GD_HDF5_SONAME, RTLD_LAZY | RTLD_LOCAL);
    if (handle == NULL) {
        const char *why = dlerror();
        snprintf(failure, sizeof failure, "%s", why == NULL ? GD_HDF5_SONAME " cannot be loaded" : why);
        return;
    }
    if (!find_functions(handle) || !check_version())
        return;
    if (loaded.H5open() < 0)
        snprintf(failure, sizeof failure, "%s cannot be started", GD_HDF5_SONAME);
    else
        find_identifiers(handle);
}

gd_status gd__hdf5_load(const char *path, const char *name, const gd__hdf5_library **library)
{
    pthread_once(&once, load);
    *library = failure[0] == '\0' ? &loaded : NULL;
    if (*library == NULL)
        return gd__fail(GD_ERROR_UNSUPPORTED,
                        "%s: '%s' cannot be read, because the HDF5 library cannot be used: %s (Debian: install "
                        "libhdf5-103-1, or libhdf5-dev and build Gradus again)",
                        path, name, failure);
    return GD_OK;
}

#endif
