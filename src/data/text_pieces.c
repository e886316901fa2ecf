#include "data/text_pieces.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { ROOM = 1 << 20 };

gd_status gd__text_pieces_open(gd__text_pieces *pieces, int file_count, const char *const *file, bool by_line)
{
    *pieces = (gd__text_pieces){.file_count = file_count, .file = file, .by_line = by_line};
    pieces->buffer = gd__alloc(ROOM);
    return pieces->buffer == NULL ? gd__fail_memory("a piece of text") : GD_OK;
}

void gd__text_pieces_close(gd__text_pieces *pieces)
{
    gd__byte_stream_close(pieces->source);
    gd__free(pieces->buffer);
    *pieces = (gd__text_pieces){0};
}

// Fills the rest of the buffer from the file that is open.
static gd_status fill(gd__text_pieces *p)
{
    memmove(p->buffer, p->buffer + p->begin, p->end - p->begin);
    p->end -= p->begin;
    p->begin = 0;
    size_t got;
    gd_status status = gd__byte_stream_read(p->source, p->buffer + p->end, ROOM - p->end, &got);
    p->at_end = got < ROOM - p->end;
    p->end += got;
    return status;
}

static gd_status open_next(gd__text_pieces *p)
{
    gd__byte_stream_close(p->source);
    p->source = NULL;
    p->at_end = false;
    gd_status status = gd__byte_stream_open(p->file[p->next++], &p->source);
    if (status == GD_OK)
        status = fill(p);
    // A mark of the order of bytes is none of the text.
    if (status == GD_OK && p->end >= 3 && memcmp(p->buffer, "\xEF\xBB\xBF", 3) == 0)
        p->begin = 3;
    return status;
}

static size_t last_line_end(const char *text, size_t bytes)
{
    while (bytes > 0 && text[bytes - 1] != '\n')
        bytes--;
    return bytes;
}

// So many of the bytes that no character is cut.
static size_t whole_characters(const char *text, size_t bytes)
{
    size_t at = bytes;
    while (at > 0 && bytes - at < 4 && ((unsigned char)text[at - 1] & 0xC0) == 0x80)
        at--;
    return at > 1 && (unsigned char)text[at - 1] >= 0xC0 ? at - 1 : bytes;
}

gd_status gd__text_pieces_next(void *pieces, const char **text, size_t *bytes)
{
    gd__text_pieces *p = pieces;
    gd_status status = GD_OK;
    *text = NULL;
    *bytes = 0;
    while (status == GD_OK && p->begin == p->end && (p->source == NULL || p->at_end) && p->next < p->file_count)
        status = open_next(p);
    const char *line_end = p->by_line ? memchr(p->buffer + p->begin, '\n', p->end - p->begin) : NULL;
    if (status == GD_OK && p->source != NULL && !p->at_end && line_end == NULL) {
        status = fill(p);
        line_end = p->by_line ? memchr(p->buffer, '\n', p->end) : NULL;
    }
    const char *start = p->buffer + p->begin;
    size_t left = p->end - p->begin, taken = left;
    if (status != GD_OK || left == 0)
        return status;
    if (line_end != NULL)
        taken = (size_t)(line_end - start) + 1;
    else if (!p->at_end && !p->by_line && last_line_end(start, left) > 0)
        taken = last_line_end(start, left);
    else if (!p->at_end)
        taken = whole_characters(start, left);
    p->begin += taken;
    *text = start;
    *bytes = taken;
    if (p->by_line && start[taken - 1] == '\n')
        --*bytes;
    if (p->by_line && *bytes > 0 && start[*bytes - 1] == '\r')
        --*bytes;
    return GD_OK;
}
