#include "progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "print.h"

#define SECONDS_BETWEEN_BARS 0.1
#define SECONDS_BETWEEN_LINES 10.0
#define WORTH_A_WORD 0.1 // seconds of waiting in an epoch
enum { NARROW = 50, LONGEST_BAR = 28, MOST_PIECES = 8, PIECE_TEXT = 96 };

void progress_start(progress *progress, bool quiet, int64_t epochs)
{
    *progress = (struct progress){.quiet = quiet, .epochs = epochs};
    progress->width = terminal_width(STDOUT_FILENO);
    progress->last_shown = progress->width > 0 ? 0 : gd_clock(); // the first bar comes at once
    progress->color = wants_color(STDOUT_FILENO);
    progress->utf8 = speaks_utf8();
}

void progress_clear(progress *progress)
{
    if (progress->drawn)
        printf("\r\x1b[K");
    progress->drawn = false;
    fflush(stdout);
}

void print_measures(double loss, int count, const char *const *name, const double *metric)
{
    printf("  loss %#.4g", loss);
    for (int i = 0; i < count; i++)
        printf("  %s %#.4g", name[i], metric[i]);
}

// ---- Pieces of a line, the most important ones first

typedef struct {
    int count;
    char piece[MOST_PIECES][PIECE_TEXT];
} pieces;

static void add_piece(pieces *list, const char *format, ...) GD_PRINTF(2, 3);
static void add_piece(pieces *list, const char *format, ...)
{
    if (list->count == MOST_PIECES)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(list->piece[list->count], PIECE_TEXT, format, arguments);
    va_end(arguments);
    list->count++;
}

// Drops pieces from the end until the rest is at most `width` wide, with two spaces before each but the first.
static void fit_pieces(pieces *list, int width)
{
    int used = 0, kept = 0;
    for (; kept < list->count; kept++) {
        int more = text_width(list->piece[kept]) + (kept > 0 ? 2 : 0);
        if (used + more > width)
            break;
        used += more;
    }
    list->count = kept;
}

static void collect(pieces *list, const gd_progress *now)
{
    add_piece(list, "loss %.4f", now->smoothed_loss);
    for (int i = 0; i < now->metric_count && i < 2; i++)
        if (!isnan(now->metric[i])) // as one is that is measured on whole sets alone
            add_piece(list, "%s %.4f", now->metric_name[i], now->metric[i]);
    if (now->seconds_left > 0)
        add_piece(list, "%s left", gd_duration_text(now->seconds_left).text);
    if (now->samples_per_second > 0)
        add_piece(list, "%s samples/s", gd_rate_text(now->samples_per_second).text);
    add_piece(list, "step %lld/%lld", (long long)now->step, (long long)now->steps);
}

static void print_bar(const progress *progress, int length, double part)
{
    int full = (int)(part * length + 0.5);
    if (progress->color)
        printf("\x1b[32m");
    for (int i = 0; i < full; i++)
        fputs(progress->utf8 ? "━" : "#", stdout);
    if (progress->color)
        printf("\x1b[90m");
    for (int i = full; i < length; i++)
        fputs(progress->utf8 ? "─" : "-", stdout);
    if (progress->color)
        printf("\x1b[0m");
}

static void draw_bar(progress *progress, const gd_progress *now)
{
    double part = now->batches > 0 ? (double)now->batch / (double)now->batches : 0;
    char head[64], percent[16];
    snprintf(head, sizeof head, "epoch %lld/%lld", (long long)now->epoch, (long long)now->epochs);
    snprintf(percent, sizeof percent, "%3.0f%%", 100 * part);
    pieces list = {0};
    collect(&list, now);
    progress->width = terminal_width(STDOUT_FILENO); // it may have been resized
    // The bar's length depends on the terminal alone, so that it does not jump about.
    int length = progress->width < NARROW ? 0 : progress->width / 5;
    length = length > LONGEST_BAR ? LONGEST_BAR : length;
    // The last column stays free: some terminals begin a new line there.
    fit_pieces(&list, progress->width - 1 - text_width(head) - (length > 0 ? length + 1 : 0) - text_width(percent) - 3);
    printf("\r%.*s", progress->width > 1 ? progress->width - 1 : 0, head);
    if (length > 0) {
        putchar(' ');
        print_bar(progress, length, part);
    }
    if (progress->width > text_width(head) + 6)
        printf(" %s", percent);
    for (int i = 0; i < list.count; i++)
        printf("  %s", list.piece[i]);
    printf("\x1b[K");
    fflush(stdout);
    progress->drawn = true;
}

static void print_line(const gd_progress *now)
{
    pieces list = {0};
    collect(&list, now);
    double part = now->batches > 0 ? (double)now->batch / (double)now->batches : 0;
    printf("epoch %lld/%lld  %3.0f%%", (long long)now->epoch, (long long)now->epochs, 100 * part);
    for (int i = 0; i < list.count; i++)
        printf("  %s", list.piece[i]);
    printf("\n");
    fflush(stdout);
}

// ---- What the trainer tells

static void on_step(void *user, const gd_progress *now)
{
    progress *progress = user;
    double clock = gd_clock(), since = clock - progress->last_shown;
    if (progress->quiet || since < (progress->width > 0 ? SECONDS_BETWEEN_BARS : SECONDS_BETWEEN_LINES))
        return;
    progress->last_shown = clock;
    if (progress->width > 0)
        draw_bar(progress, now);
    else
        print_line(now);
}

// Says so when an epoch waited for its data: more workers, or a faster disk, would help. What a short run loses at its
// start is not worth a word.
static void print_wait(const gd_history *history)
{
    const gd_epoch_row *row = &history->epoch[history->epoch_count - 1];
    const double before = history->epoch_count > 1 ? row[-1].seconds : 0,
                 share = row->wait_seconds / (row->seconds - before);
    if (row->wait_seconds > WORTH_A_WORD && share > 0.05)
        printf("  waited for data: %.0f%% of the time", 100 * share);
}

static void on_epoch(void *user, const gd_history *history)
{
    progress *progress = user;
    if (progress->quiet)
        return;
    const gd_epoch_row *row = &history->epoch[history->epoch_count - 1];
    progress_clear(progress);
    printf("epoch %lld/%lld", (long long)row->epoch, (long long)progress->epochs);
    const char *name[GD_MAX_METRICS];
    double value[GD_MAX_METRICS];
    int count = 0;
    for (int i = 0; i < history->metric_count; i++) {
        if (isnan(row->metric[i])) // as one is that is measured on whole sets alone
            continue;
        name[count] = history->metric_name[i];
        value[count++] = row->metric[i];
    }
    print_measures(row->loss, count, name, value);
    if (row->validated) {
        printf("  validation:");
        print_measures(row->validation_loss, history->metric_count, history->metric_name, row->validation_metric);
    }
    printf("  %s%s", gd_duration_text(row->seconds).text, row->best && row->epoch > 1 ? "  best so far" : "");
    print_wait(history);
    printf("\n");
    fflush(stdout);
    if (progress->width == 0)
        progress->last_shown = gd_clock();
}

static void on_message(void *user, const char *sentence)
{
    progress *progress = user;
    if (progress->quiet)
        return;
    progress_clear(progress);
    printf("%s\n", sentence);
    fflush(stdout);
}

gd_observer progress_observer(progress *progress)
{
    return (gd_observer){.user = progress, .on_step = on_step, .on_epoch = on_epoch, .on_message = on_message};
}
