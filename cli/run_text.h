// What is known of a run, as cells of a table and as JSON.
#ifndef GRADUS_CLI_RUN_TEXT_H
#define GRADUS_CLI_RUN_TEXT_H

#include <gradus/runs.h>
#include <jansson.h>

enum { RUN_TEXT = 200 };
// "accuracy 0.9312 (epoch 7)", "test accuracy 0.9221 (best)", "2026-11-27 04:05"; empty where it is not known. They
// return `text`. Of several metrics the monitored one is told, else the first.
char *best_text(const gd_run_info *run, char text[RUN_TEXT]);
char *result_text(const gd_run_info *run, char text[RUN_TEXT]);
char *began_text(const gd_run_info *run, char text[RUN_TEXT]);

json_t *run_json(const gd_run_info *run);

#endif
