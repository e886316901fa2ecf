#include "run_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "json.h"

char *best_text(const gd_run_info *run, char text[RUN_TEXT])
{
    text[0] = '\0';
    if (run->best_epoch > 0)
        snprintf(text, RUN_TEXT, "%s%.60s %.4g (epoch %lld)", run->monitor_validation ? "" : "training ", run->monitor,
                 run->best_value, (long long)run->best_epoch);
    return text;
}

char *result_text(const gd_run_info *run, char text[RUN_TEXT])
{
    const gd_run_result *result = &run->result;
    text[0] = '\0';
    if (result->set_name == NULL)
        return text;
    const char *name = "loss";
    double value = result->loss;
    for (int i = result->metric_count - 1; i >= 0; i--) {
        if (i > 0 && strcmp(result->metric_name[i], run->monitor) != 0)
            continue;
        name = result->metric_name[i];
        value = result->metric[i];
        if (strcmp(name, run->monitor) == 0)
            break;
    }
    snprintf(text, RUN_TEXT, "%.40s %.60s %.4g (%s weights)", result->set_name, name, value,
             result->best_weights ? "best" : "last");
    return text;
}

static char *moment_text(int64_t seconds, const char *format, char text[RUN_TEXT])
{
    time_t moment = (time_t)seconds;
    struct tm parts;
    text[0] = '\0';
    if (seconds > 0 && localtime_r(&moment, &parts) != NULL)
        strftime(text, RUN_TEXT, format, &parts);
    return text;
}

char *began_text(const gd_run_info *run, char text[RUN_TEXT])
{
    return moment_text(run->begun, "%Y-%m-%d %H:%M", text);
}

static void put_moment(json_t *object, const char *key, int64_t seconds)
{
    time_t moment = (time_t)seconds;
    struct tm parts;
    char text[RUN_TEXT];
    const bool known = seconds > 0 && gmtime_r(&moment, &parts) != NULL &&
                       strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0;
    json_put_text(object, key, known ? text : NULL);
}

static json_t *result_json(const gd_run_result *result)
{
    json_t *object = json_object(), *metrics = json_object();
    json_put_text(object, "set", result->set_name);
    json_put_text(object, "weights", result->best_weights ? "best" : "last");
    json_put_integer(object, "epoch", result->epoch);
    json_put_number(object, "loss", result->loss);
    for (int i = 0; i < result->metric_count; i++)
        json_put_number(metrics, result->metric_name[i], result->metric[i]);
    json_object_set_new(object, "metrics", metrics);
    return object;
}

json_t *run_json(const gd_run_info *run)
{
    json_t *object = json_object(), *best = json_object();
    json_put_text(object, "name", run->name);
    json_put_text(object, "directory", run->directory);
    json_put_text(object, "state", gd_run_state_name(run->state));
    json_put_text(object, "sentence", run->sentence);
    json_put_text(object, "task", run->task);
    json_put_text(object, "recipe_path", run->recipe_path);
    json_put_text(object, "command", run->command);
    put_moment(object, "begun", run->begun);
    put_moment(object, "ended", run->ended);
    json_put_number(object, "seconds", run->seconds);
    json_put_integer(object, "epochs", run->epochs);
    if (run->best_epoch > 0) {
        json_put_text(best, "monitor", run->monitor);
        json_put_text(best, "set", run->monitor_validation ? "validation" : "training");
        json_put_integer(best, "epoch", run->best_epoch);
        json_put_number(best, "value", run->best_value);
        json_object_set(object, "best", best);
    } else {
        json_put_text(object, "best", NULL);
    }
    json_decref(best);
    json_object_set_new(object, "result", run->result.set_name == NULL ? json_null() : result_json(&run->result));
    return object;
}
