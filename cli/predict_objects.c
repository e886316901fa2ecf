#include "predict_objects.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "print.h"
#include "scores.h"

bool write_csv_objects(FILE *out, const found_objects *found)
{
    char text[32];
    fputs("index,id,class,score,left,top,right,bottom\n", out);
    for (int64_t i = 0; i < found->count && !ferror(out); i++) {
        const gd_object *o = &found->object[i];
        const char *id = gd_dataset_origin(found->set, o->sample).id;
        fprintf(out, "%lld,", (long long)o->sample);
        print_csv_text(out, id == NULL ? "" : id);
        fputc(',', out);
        print_csv_text(out, class_text(found->model, 0, o->label, text));
        fprintf(out, ",%.7g,%.6g,%.6g,%.6g,%.6g\n", o->score, o->left, o->top, o->right, o->bottom);
    }
    return true;
}

// COCO's pictures are called after their numbers, 000000397133.jpg; others are numbered in their order.
static int64_t number_of_picture(const gd_dataset *set, int64_t sample)
{
    const char *id = gd_dataset_origin(set, sample).id, *base = id == NULL ? NULL : strrchr(id, '/');
    base = base == NULL ? id : base + 1;
    const size_t digits = base == NULL ? 0 : strspn(base, "0123456789");
    if (digits == 0 || digits > 18 || (base[digits] != '.' && base[digits] != '\0'))
        return sample;
    return strtoll(base, NULL, 10);
}

static double hundredth(double pixels)
{
    return nearbyint(pixels * 100) / 100;
}

static json_t *object_json(const found_objects *found, const gd_object *o)
{
    char text[32];
    json_t *json = json_object();
    json_put_integer(json, "image_id", number_of_picture(found->set, o->sample));
    json_put_text(json, "file_name", gd_dataset_origin(found->set, o->sample).id);
    json_put_integer(json, "category_id", o->label + 1);
    json_put_text(json, "category", class_text(found->model, 0, o->label, text));
    json_object_set_new(json, "bbox",
                        json_pack("[f, f, f, f]", hundredth(o->left), hundredth(o->top), hundredth(o->right - o->left),
                                  hundredth(o->bottom - o->top)));
    json_put_number(json, "score", o->score);
    return json;
}

bool write_coco_results(FILE *out, const found_objects *found)
{
    fputc('[', out);
    for (int64_t i = 0; i < found->count && !ferror(out); i++) {
        json_t *object = object_json(found, &found->object[i]);
        char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(6));
        json_decref(object);
        if (text == NULL) {
            print_error("out of memory");
            return false;
        }
        fprintf(out, "%s\n %s", i == 0 ? "" : ",", text);
        free(text);
    }
    fputs(found->count > 0 ? "\n]\n" : "]\n", out);
    return true;
}
