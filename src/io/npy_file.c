// .npy files whose values stay where they are. They are read, not mapped: a mapped file that another program cuts short
// ends the process that looks at it.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/npy.h"
#include "io/npy_format.h"

// NumPy's headers of plain types take some 128 bytes.
enum { MOST_HEADER = 1 << 16, BLOCK = 1 << 12 };

// Reads exactly `size` bytes from `offset` on.
static gd_status read_at(const gd__npy_file *file, void *to, size_t size, size_t offset)
{
    size_t have = 0;
    while (have < size) {
        const ssize_t got = pread(file->descriptor, (char *)to + have, size - have, (off_t)(offset + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return gd__fail(GD_ERROR_IO, "%s: cannot be read: %s", file->path, strerror(errno));
        if (got == 0)
            return gd__fail(GD_ERROR_IO, "%s: was cut short while it was read: it ends at byte %zu, before byte %zu",
                            file->path, offset + have, offset + size);
        have += (size_t)got;
    }
    return GD_OK;
}

static gd_status open_file(gd__npy_file *file)
{
    struct stat information;
    // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
    file->descriptor = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->descriptor < 0 || fstat(file->descriptor, &information) != 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be opened: %s", file->path, strerror(errno));
    if (!S_ISREG(information.st_mode))
        return gd__fail(GD_ERROR_IO, "%s: is no file", file->path);
    file->size = information.st_size;
    file->modified = information.st_mtim;
    return GD_OK;
}

static gd_status read_description(gd__npy_file *file)
{
    const size_t total = (size_t)file->size, size = total < MOST_HEADER ? total : MOST_HEADER;
    unsigned char *start = gd__alloc(size);
    if (start == NULL)
        return gd__fail_memory("an .npy header");
    gd_status status = read_at(file, start, size, 0);
    if (status == GD_OK)
        status = gd__npy_describe(file->path, start, size, total, &file->is);
    if (status == GD_OK && gd__npy_is_text(&file->is))
        status = gd__npy_refuse_texts(file->path, &file->is);
    gd__free(start);
    return status;
}

gd_status gd__npy_open(const char *path, gd__npy_file **out)
{
    *out = NULL;
    gd__npy_file *file = gd__alloc_zeroed(1, sizeof *file);
    if (file == NULL)
        return gd__fail_memory(path);
    file->descriptor = -1;
    file->path = gd__copy_text(path);
    gd_status status = file->path == NULL ? gd__fail_memory(path) : open_file(file);
    if (status == GD_OK)
        status = read_description(file);
    if (status != GD_OK)
        gd__npy_close(file);
    else
        *out = file;
    return status;
}

void gd__npy_close(gd__npy_file *file)
{
    if (file == NULL)
        return;
    if (file->descriptor >= 0)
        close(file->descriptor);
    gd__free(file->path);
    gd__free(file);
}

static gd_status check_unchanged(const gd__npy_file *file)
{
    struct stat now;
    if (fstat(file->descriptor, &now) != 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be read: %s", file->path, strerror(errno));
    if (now.st_size != file->size)
        return gd__fail(GD_ERROR_IO, "%s: was changed while it was read: it has %lld bytes, and had %lld", file->path,
                        (long long)now.st_size, (long long)file->size);
    if (now.st_mtim.tv_sec != file->modified.tv_sec || now.st_mtim.tv_nsec != file->modified.tv_nsec)
        return gd__fail(GD_ERROR_IO, "%s: was changed while it was read: it was written to", file->path);
    return GD_OK;
}

gd_status gd__npy_read_some(const gd__npy_file *file, int64_t first, int64_t count, void *to)
{
    const gd__npy_description *is = &file->is;
    const size_t begin = is->begin + (size_t)first * is->size;
    gd_status status = GD_OK;
    if (gd__npy_is_plain(is)) {
        status = read_at(file, to, (size_t)count * is->size, begin);
    } else {
        unsigned char block[BLOCK];
        const int64_t most = BLOCK / (int64_t)is->size;
        for (int64_t done = 0; done < count && status == GD_OK; done += most) {
            const int64_t now = count - done < most ? count - done : most;
            status = read_at(file, block, (size_t)now * is->size, begin + (size_t)done * is->size);
            if (status == GD_OK)
                status = gd__npy_decode(file->path, is, block, now, (char *)to + (size_t)done * gd_type_size(is->type));
        }
    }
    return status == GD_OK ? check_unchanged(file) : status;
}
