// Tables of pictures: any text, beside no picture at all.
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = file_of(".csv", data, size);
    gd_dataset *set;
    if (gd_dataset_from_pictures(1, &path, (gd_picture_opts){.keep_broken = true}, &set) != GD_OK)
        return 0;
    read_set(set);
    gd_dataset_free(set);
    return 0;
}
