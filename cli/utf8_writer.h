// Text that comes in any pieces, written as whole characters.
#ifndef GRADUS_CLI_UTF8_WRITER_H
#define GRADUS_CLI_UTF8_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct utf8_writer {
    FILE *file;
    bool terminal;          // control characters, but ends of lines and tabs, become U+FFFD: none reaches a terminal
    unsigned char begun[4]; // a character that is not whole yet
    int count, wanted;      // bytes of it that are there, and that it has
} utf8_writer;

// Bytes that are no characters become U+FFFD.
void utf8_write(utf8_writer *writer, const char *text, size_t bytes);
void utf8_end(utf8_writer *writer); // what is left of a character becomes U+FFFD

#endif
