// What fuzz targets share: bytes as a file, and reading all of a data set.
#ifndef GD_TESTS_FUZZ_H
#define GD_TESTS_FUZZ_H

#include <gradus/data.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Writes the bytes to a file of this process; the name lives until the next call.
static inline const char *file_of(const char *ending, const uint8_t *data, size_t size)
{
    static char path[128];
    snprintf(path, sizeof path, "/dev/shm/gradus-fuzz-%ld%s", (long)getpid(), ending);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        abort();
    return path;
}

// Reads the first samples of every field.
static inline void read_set(gd_dataset *set)
{
    enum { MOST = 8 };
    const int64_t sample[MOST] = {0, 1, 2, 3, 4, 5, 6, 7}, all = gd_dataset_count(set);
    for (int f = 0; f < gd_dataset_field_count(set); f++) {
        gd_array values = {0};
        volatile double sum = 0;
        if (gd_dataset_get(set, f, all < MOST ? all : MOST, sample, &values) == GD_OK)
            for (int64_t i = 0; i < gd_array_count(&values); i++)
                sum += gd_array_get(&values, i);
        gd_array_free(&values);
    }
}

#endif
