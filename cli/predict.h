// The answers of `gradus predict`, as a CSV table or as JSON.
#ifndef GRADUS_CLI_PREDICT_H
#define GRADUS_CLI_PREDICT_H

#include <stdbool.h>
#include <stdio.h>

#include <gradus/gradus.h>

typedef enum { ANSWERS_ALL = 0, ANSWERS_NUMBERS } answers_kind;

typedef struct {
    const gd_model *model;
    const gd_dataset *set; // what was asked, with the origins of its rows
    const gd_array *prediction;
    int64_t width;    // numbers a row
    double threshold; // of yes
    bool with_class;  // the class is named
    bool with_id;     // rows have names of their own
} answers;

answers answers_make(const gd_model *model, const gd_dataset *set, const gd_array *prediction, double threshold,
                     answers_kind kind);
// The columns behind index and id: class and numbers, each with a comma in front. The cells of a row that is not known
// are empty.
void print_answer_heading(FILE *out, const answers *answers);
void print_answer_cells(FILE *out, const answers *answers, int64_t row, bool known);
// `fault`: of each row, why it cannot be predicted, or NULL. False after a complaint.
bool write_csv_answers(FILE *out, const answers *answers, char *const *fault);
bool write_json_answers(FILE *out, const answers *answers, char *const *fault);

#endif
