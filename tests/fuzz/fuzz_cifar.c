// CIFAR's binary form; the first byte says which.
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const char *path = file_of(".bin", data + 1, size - 1);
    gd_dataset *set;
    if (gd_dataset_from_cifar(1, &path, (gd_cifar_form)(data[0] % 3), &set) != GD_OK)
        return 0;
    read_set(set);
    gd_dataset_free(set);
    return 0;
}
