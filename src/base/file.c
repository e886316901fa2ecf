#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

// Whether a path leads to something that cannot be replaced by a file: a device, a pipe, or a link into nothing.
static bool is_written_at_once(const char *path)
{
    struct stat kind;
    if (stat(path, &kind) == 0)
        return !S_ISREG(kind.st_mode) && !S_ISDIR(kind.st_mode);
    return lstat(path, &kind) == 0 && S_ISLNK(kind.st_mode);
}

// The file that is to be written: of a link, the one that it leads to. NULL when memory is short.
static char *path_to_write(const char *path)
{
    struct stat kind;
    char *real = lstat(path, &kind) == 0 && S_ISLNK(kind.st_mode) ? realpath(path, NULL) : NULL;
    char *copy = gd__copy_text(real == NULL ? path : real);
    free(real);
    return copy;
}

gd_status gd__file_writer_open(gd__file_writer *writer, const char *path)
{
    static atomic_uint counter; // process-wide: two threads may write the same file
    *writer = (gd__file_writer){0};
    const bool at_once = is_written_at_once(path);
    gd__text temporary = {0};
    writer->path = path_to_write(path);
    if (!at_once && writer->path != NULL) {
        gd__text_add(&temporary, "%s.%ld-%u.tmp", writer->path, (long)getpid(), atomic_fetch_add(&counter, 1));
        writer->temporary = gd__text_take(&temporary);
    }
    if (writer->path == NULL || (writer->temporary == NULL && !at_once)) {
        gd__file_writer_abandon(writer);
        return gd__fail_memory("a file name");
    }
    writer->stream = fopen(at_once ? writer->path : writer->temporary, "wb");
    if (writer->stream == NULL) {
        gd_status status = gd__fail(GD_ERROR_IO, "%s: cannot be written: %s", path, strerror(errno));
        gd__free(writer->temporary);
        writer->temporary = NULL;
        gd__file_writer_abandon(writer);
        return status;
    }
    return GD_OK;
}

// A rename is only lasting once the directory that holds the name is on the disk too.
static void sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash == NULL ? gd__copy_text(".") : gd__copy_block(path, (size_t)(slash - path) + 2);
    if (directory == NULL)
        return;
    if (slash != NULL)
        directory[slash - path + 1] = '\0';
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
    gd__free(directory);
}

static gd_status finish(gd__file_writer *writer, bool wait)
{
    const bool at_once = writer->temporary == NULL;
    bool good = !ferror(writer->stream) && fflush(writer->stream) == 0 &&
                (!wait || at_once || fsync(fileno(writer->stream)) == 0);
    int reason = errno;
    if (fclose(writer->stream) != 0 && good) {
        good = false;
        reason = errno;
    }
    writer->stream = NULL;
    if (good && !at_once && rename(writer->temporary, writer->path) != 0) {
        good = false;
        reason = errno;
    }
    gd_status status = GD_OK;
    if (good) {
        if (wait && !at_once)
            sync_directory(writer->path);
        gd__free(writer->temporary);
        writer->temporary = NULL;
    } else {
        status = gd__fail(GD_ERROR_IO, "%s: writing failed: %s", writer->path, strerror(reason));
    }
    gd__file_writer_abandon(writer);
    return status;
}

gd_status gd__file_writer_commit(gd__file_writer *writer)
{
    return finish(writer, true);
}

gd_status gd__file_writer_publish(gd__file_writer *writer)
{
    return finish(writer, false);
}

void gd__file_writer_abandon(gd__file_writer *writer)
{
    if (writer->stream != NULL)
        fclose(writer->stream);
    if (writer->temporary != NULL)
        unlink(writer->temporary);
    gd__free(writer->temporary);
    gd__free(writer->path);
    *writer = (gd__file_writer){0};
}

gd_status gd__file_write(const char *path, const void *data, size_t size)
{
    gd__file_writer writer;
    gd_status status = gd__file_writer_open(&writer, path);
    if (status != GD_OK)
        return status;
    // A short write leaves the stream's error flag set, which the commit looks at.
    fwrite(data, 1, size, writer.stream);
    return gd__file_writer_commit(&writer);
}

gd_status gd__file_read(const char *path, size_t limit, char **data, size_t *size)
{
    *data = NULL;
    *size = 0;
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return gd__fail(GD_ERROR_IO, "%s: cannot be opened: %s", path, strerror(errno));
    gd__text content = {0};
    char block[1 << 12];
    size_t length;
    while ((length = fread(block, 1, sizeof block, stream)) > 0 && !content.failed) {
        gd__text_add_bytes(&content, block, length);
        if (limit > 0 && content.length > limit) {
            gd__text_free(&content);
            fclose(stream);
            return gd__fail(GD_ERROR_FORMAT, "%s: is larger than %zu bytes", path, limit);
        }
    }
    bool failed = ferror(stream) != 0;
    int reason = errno;
    fclose(stream);
    if (failed) {
        gd__text_free(&content);
        return gd__fail(GD_ERROR_IO, "%s: cannot be read: %s", path, strerror(reason));
    }
    *size = content.length;
    *data = gd__text_take(&content);
    return *data == NULL ? gd__fail_memory(path) : GD_OK;
}

int gd__read_at(int descriptor, void *to, size_t size, int64_t at)
{
    for (size_t done = 0; done < size;) {
        const ssize_t got = pread(descriptor, (char *)to + done, size - done, at + (int64_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : -1;
        done += (size_t)got;
    }
    return 0;
}

int gd__write_at(int descriptor, const void *from, size_t size, int64_t at)
{
    for (size_t done = 0; done < size;) {
        const ssize_t written = pwrite(descriptor, (const char *)from + done, size - done, at + (int64_t)done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : ENOSPC;
        done += (size_t)written;
    }
    return 0;
}

bool gd__file_exists(const char *path)
{
    struct stat information;
    return stat(path, &information) == 0;
}

gd_status gd__make_directory(const char *path)
{
    char *copy = gd__copy_text(path);
    if (copy == NULL)
        return gd__fail_memory("a directory name");
    gd_status status = GD_OK;
    for (char *end = copy + 1; status == GD_OK; end++) {
        if (*end != '/' && *end != '\0')
            continue;
        bool last = *end == '\0';
        *end = '\0';
        struct stat information;
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            status = gd__fail(GD_ERROR_IO, "%s: the directory cannot be made: %s", path, strerror(errno));
        else if (stat(copy, &information) == 0 && !S_ISDIR(information.st_mode))
            status = gd__fail(GD_ERROR_IO, "%s: is a file where a directory was expected", copy);
        if (last)
            break;
        *end = '/';
    }
    gd__free(copy);
    return status;
}

// Documented process-wide state: what gd_set_cache said.
static char set_directory[1001];
static atomic_int cache_changes; // 0: nothing was said

gd_status gd_set_cache(const char *directory)
{
    if (directory != NULL && strlen(directory) >= sizeof set_directory)
        return gd__fail(GD_ERROR_ARGUMENT, "the cache's path '%.40s…' has more than 1000 bytes", directory);
    snprintf(set_directory, sizeof set_directory, "%s", directory == NULL ? "" : directory);
    atomic_fetch_add(&cache_changes, 1);
    return GD_OK;
}

int gd__cache_changes(void)
{
    return atomic_load(&cache_changes);
}

char *gd__cache_directory(const char *below)
{
    const char *own = gd__cache_changes() > 0 ? set_directory : getenv("GRADUS_CACHE"),
               *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    gd__text path = {0};
    if (own != NULL)
        gd__text_add(&path, "%s", own);
    else if (cache != NULL && cache[0] == '/')
        gd__text_add(&path, "%s/gradus", cache);
    else if (home != NULL && home[0] == '/')
        gd__text_add(&path, "%s/.cache/gradus", home);
    if (path.length > 0 && below != NULL)
        gd__text_add(&path, "/%s", below);
    if (path.length == 0 || path.failed || gd__make_directory(path.data) != GD_OK || access(path.data, W_OK) != 0) {
        gd__text_free(&path);
        return NULL;
    }
    return gd__text_take(&path);
}
