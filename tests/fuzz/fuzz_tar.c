// Tar archives, plain and gzipped: members lie within the archive, or a sentence says why not.
#include "fuzz.h"

#include "base/memory.h"
#include "io/tar.h"

enum { MOST_BYTES = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = file_of(".tar", data, size);
    gd__tar *tar;
    gd__tar_file file = {0};
    (void)gd__is_tar(path);
    if (gd__tar_open(path, &tar) != GD_OK)
        return 0;
    while (gd__tar_next(tar, &file) == GD_OK && file.name != NULL) {
        if (file.size < 0 || file.offset < 0)
            abort();
        char *bytes = file.size <= MOST_BYTES ? gd__alloc((size_t)file.size + 1) : NULL;
        const bool read = bytes != NULL && gd__tar_read(tar, bytes) == GD_OK;
        gd__free(bytes);
        if (bytes != NULL && !read)
            break;
    }
    gd__tar_close(tar);
    return 0;
}
