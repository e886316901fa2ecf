// The answers of `gradus predict`, as a CSV table or as JSON.
#ifndef GRADUS_CLI_PREDICT_H
#define GRADUS_CLI_PREDICT_H

#include <stdbool.h>
#include <stdio.h>

#include <gradus/gradus.h>

typedef enum { ANSWERS_ALL = 0, ANSWERS_NUMBERS } answers_kind;

typedef struct answers {
    const gd_model *model;
    const gd_dataset *set; // what was asked: origins and faults
    gd_scored scored;      // what was predicted, without targets
    double *number;        // (rows, width)
    bool with_class;       // the class is named
    bool with_id;          // rows have names of their own
} answers;

// Release them with answers_free; on failure they are empty.
gd_status answers_make(const gd_model *model, const gd_dataset *set, const gd_array *prediction, double threshold,
                       answers_kind kind, answers *out);
void answers_free(answers *answers);
// The columns behind index and id: class and numbers, each with a comma in front. The cells of a row that is not known
// are empty.
void print_answer_heading(FILE *out, const answers *answers);
void print_answer_cells(FILE *out, const answers *answers, int64_t row, bool known);
// False after a complaint.
bool write_csv_answers(FILE *out, const answers *answers);
bool write_json_answers(FILE *out, const answers *answers);

#endif
