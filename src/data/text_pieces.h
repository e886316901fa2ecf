// Texts out of files, piece by piece, so that a corpus need not fit into memory.
#ifndef GD_DATA_TEXT_PIECES_H
#define GD_DATA_TEXT_PIECES_H

#include <gradus/base.h>

#include "io/gzip.h"

// Reads plain and gzipped files one after the other. A piece is a line without its end, or else many whole lines with
// theirs. Only a line of more than 1 MiB is cut, between two characters.
typedef struct gd__text_pieces {
    int file_count;
    const char *const *file;
    bool by_line;
    int next;                // the file that comes after the one that is open
    gd__byte_stream *source; // NULL: none is open
    char *buffer;
    size_t begin, end; // what of the buffer was read and not handed out yet
    bool at_end;       // of the file
} gd__text_pieces;

// The list of files must live as long. Release with gd__text_pieces_close, on failure too.
gd_status gd__text_pieces_open(gd__text_pieces *pieces, int file_count, const char *const *file, bool by_line);
void gd__text_pieces_close(gd__text_pieces *pieces);
// A gd_next_text of tokenizers: the piece lives until the next call; NULL at the end.
gd_status gd__text_pieces_next(void *pieces, const char **text, size_t *bytes);

#endif
