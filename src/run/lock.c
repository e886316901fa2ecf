#include "run/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

enum { MOST_TRIES = 100 };

// A lock of the open file itself, not of the process: two runs of one program exclude each other, too.
static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

// The file that was opened may have been removed before it was locked.
static bool is_still_there(int descriptor, const char *path)
{
    struct stat opened, named;
    return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

// For whoever looks into the file, and for messages; nothing depends on it.
static void write_process(int descriptor)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(descriptor, 0) == 0 && pwrite(descriptor, text, (size_t)length, 0) < 0)
        return;
}

static long read_process(int descriptor)
{
    char text[32] = "";
    ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
    return length > 0 ? strtol(text, NULL, 10) : 0;
}

gd_status gd__lock_take(const char *path, int *descriptor, long *holder)
{
    *descriptor = -1;
    *holder = 0;
    for (int i = 0; i < MOST_TRIES; i++) {
        int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
        if (file < 0)
            return gd__fail(GD_ERROR_IO, "%s: cannot be written: %s", path, strerror(errno));
        struct flock lock = whole_file();
        bool held = fcntl(file, F_OFD_SETLK, &lock) != 0 && (errno == EAGAIN || errno == EACCES);
        if (!held && is_still_there(file, path)) {
            write_process(file);
            *descriptor = file;
            return GD_OK;
        }
        *holder = held ? read_process(file) : 0;
        close(file);
        if (held)
            return GD_OK;
    }
    return gd__fail(GD_ERROR_IO, "%s: is made and removed all the time", path);
}

void gd__lock_release(const char *path, int descriptor)
{
    if (descriptor < 0)
        return;
    // While it is locked nobody else has it: removed first, it cannot be taken by two.
    if (is_still_there(descriptor, path))
        unlink(path);
    close(descriptor);
}

bool gd__lock_is_held(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return false;
    struct flock lock = whole_file();
    bool held = fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(file);
    return held;
}
