// The answers of `gradus predict`, as a CSV table or as JSON.
#ifndef GRADUS_CLI_PREDICT_H
#define GRADUS_CLI_PREDICT_H

#include <stdbool.h>
#include <stdio.h>

#include <gradus/gradus.h>

typedef enum { ANSWERS_ALL = 0, ANSWERS_NUMBERS } answers_kind;

// What was predicted of one target.
typedef struct {
    int head;
    const gd_model_head *of;
    gd_scored scored; // without targets
    double *number;   // (rows, width)
} answer_part;

typedef struct answers {
    const gd_model *model;
    const gd_dataset *set; // what was asked, with the origins of its rows
    int64_t rows;
    int part_count; // targets
    answer_part part[GD_MODEL_HEADS];
    bool with_class; // the class is named
    bool with_id;    // rows have names of their own
} answers;

// `prediction`: one for each head. Release them with answers_free, on failure too.
gd_status answers_make(const gd_model *model, const gd_dataset *set, const gd_array *prediction, double threshold,
                       answers_kind kind, answers *out);
void answers_free(answers *answers);
// What number `i` of a target is called in a heading, behind `word` ("target_2", or "target_price"); with several
// targets the target's name stands in front. Into `text`.
enum { COLUMN_TEXT = 300 };
const char *column_name(const gd_model *model, int head, const char *word, int64_t width, int64_t i,
                        char text[COLUMN_TEXT]);
// The columns behind index and id: class and numbers, each with a comma in front. The cells of a row that is not known
// are empty.
void print_answer_heading(FILE *out, const answers *answers);
void print_answer_cells(FILE *out, const answers *answers, int64_t row, bool known);
// `fault`: of each row, why it cannot be predicted, or NULL. False after a complaint.
bool write_csv_answers(FILE *out, const answers *answers, char *const *fault);
bool write_json_answers(FILE *out, const answers *answers, char *const *fault);

#endif
