#include "base/processors.h"
#include "base/format.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

// The processors in the affinity mask; those that are switched on where there is none.
static int allowed(void)
{
#ifdef __linux__
    for (int most = 1024; most <= 1 << 16; most *= 4) { // the mask must be as long as the kernel's
        cpu_set_t *set = CPU_ALLOC((size_t)most);
        if (set == NULL)
            break;
        const size_t size = CPU_ALLOC_SIZE((size_t)most);
        const int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (count > 0)
            return count;
    }
#endif
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : (online > INT_MAX ? INT_MAX : (int)online);
}

#ifdef __linux__
enum { PATH_ROOM = 1024 };

// The first line of a file, without its end; false when there is none.
static bool read_line(const char *path, char *line, int room)
{
    FILE *stream = fopen(path, "r");
    if (stream == NULL)
        return false;
    const bool read = fgets(line, room, stream) != NULL;
    fclose(stream);
    if (read)
        line[strcspn(line, "\n")] = '\0';
    return read;
}

// The line of /proc/self/cgroup for a controller ("" is version 2): "4:cpu,cpuacct:/path" gives "/path".
static bool find_group(const char *controller, char *group, size_t room)
{
    char line[PATH_ROOM];
    bool found = false;
    FILE *stream = fopen("/proc/self/cgroup", "r");
    while (stream != NULL && !found && fgets(line, sizeof line, stream) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *names = strchr(line, ':'), *path = names != NULL ? strchr(names + 1, ':') : NULL;
        if (path == NULL || strlen(path + 1) >= room)
            continue;
        *path++ = '\0';
        names++;
        const size_t length = strlen(controller);
        for (const char *name = names; !found && name != NULL; name = strchr(name, ',')) {
            name += *name == ',';
            found = strncmp(name, controller, length) == 0 && (name[length] == ',' || name[length] == '\0');
        }
        if (found)
            memcpy(group, path, strlen(path) + 1);
    }
    if (stream != NULL)
        fclose(stream);
    return found;
}

// Quota and period in microseconds, from "150000 100000" or "max 100000" (version 2) or from two files (version 1).
// The processors' time that they stand for; 0 for no limit.
static double limit_in(const char *directory, bool version_2)
{
    char path[2 * PATH_ROOM], line[64], other[64];
    double quota = 0, period = 0;
    snprintf(path, sizeof path, "%s/%s", directory, version_2 ? "cpu.max" : "cpu.cfs_quota_us");
    if (!read_line(path, line, sizeof line))
        return 0;
    if (version_2)
        return sscanf(line, "%lf %lf", &quota, &period) == 2 && quota > 0 && period > 0 ? quota / period : 0;
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", directory);
    if (!read_line(path, other, sizeof other))
        return 0;
    quota = gd__parse_number(line, NULL);
    period = gd__parse_number(other, NULL);
    return quota > 0 && period > 0 ? quota / period : 0;
}

// The smallest limit of the group and those above it; 0 for none.
static double group_limit(void)
{
    char group[PATH_ROOM], directory[PATH_ROOM + 64];
    double least = 0;
    for (int version = 2; version >= 1; version--) {
        const char *root = version == 2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu";
        if (!find_group(version == 2 ? "" : "cpu", group, sizeof group))
            continue;
        for (;;) {
            snprintf(directory, sizeof directory, "%s%s", root, group);
            const double limit = limit_in(directory, version == 2);
            if (limit > 0 && (least == 0 || limit < least))
                least = limit;
            char *last = strrchr(group, '/');
            if (last == NULL)
                break;
            *last = '\0';
        }
    }
    return least;
}
#else
static double group_limit(void)
{
    return 0;
}
#endif

int gd__processors(void)
{
    const int count = allowed();
    const double limit = group_limit();
    if (limit <= 0 || limit >= count)
        return count;
    const int whole = (int)limit;
    return limit > whole ? whole + 1 : whole;
}
