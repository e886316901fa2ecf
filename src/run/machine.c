#include "run/machine.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "cpu/dnnl_version.h"

// The rest of the first line of the file that begins with `key`, after `separator`; `value` is left alone if none does.
static void read_value(const char *path, const char *key, char separator, char value[GD__MACHINE_TEXT])
{
    FILE *stream = fopen(path, "r");
    char line[256];
    while (stream != NULL && fgets(line, sizeof line, stream) != NULL) {
        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        const char *from = strchr(line, separator);
        if (from == NULL)
            continue;
        from += 1 + strspn(from + 1, " \t\"");
        snprintf(value, GD__MACHINE_TEXT, "%.*s", (int)strcspn(from, "\"\r\n"), from);
        break;
    }
    if (stream != NULL)
        fclose(stream);
}

void gd__machine_describe(gd__machine *machine)
{
    *machine = (gd__machine){0};
    struct utsname name;
    if (uname(&name) == 0) {
        snprintf(machine->processor, GD__MACHINE_TEXT, "%.60s", name.machine);
        snprintf(machine->system, GD__MACHINE_TEXT, "%.60s %.60s", name.sysname, name.release);
    }
    read_value("/proc/cpuinfo", "model name", ':', machine->processor);
    read_value("/etc/os-release", "PRETTY_NAME=", '=', machine->system);
    machine->cores = sysconf(_SC_NPROCESSORS_ONLN);
    long pages = sysconf(_SC_PHYS_PAGES), page_size = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page_size > 0)
        machine->memory_bytes = (double)pages * (double)page_size;
#ifdef __clang__
    snprintf(machine->compiler, GD__MACHINE_TEXT, "clang %s", __clang_version__);
#else
    snprintf(machine->compiler, GD__MACHINE_TEXT, "gcc %s", __VERSION__);
#endif
    char dnn[GD__DNN_VERSION_TEXT];
    gd__dnn_version(dnn);
#ifdef __GLIBC__
    const char *system = "glibc", *version = gnu_get_libc_version();
#else
    const char *system = "another C library", *version = "";
#endif
    snprintf(machine->libraries, GD__MACHINE_TEXT, "oneDNN %s, zlib %s, jansson %s, %s %s", dnn, zlibVersion(),
             JANSSON_VERSION, system, version);
}
