// cifar: CIFAR-10 and CIFAR-100 in their binary form.
#include <string.h>

#include "model/keys.h"
#include "model/source_kind.h"

static const gd_option keys[] = {
    FILES(1, 64, "data_batch_1.bin and the like, or train.bin, test.bin"),
    {.name = "labels",
     .type = GD_OPTION_CHOICE,
     .choices = "cifar10|cifar100|coarse",
     .standard = "cifar10",
     .doc = "the classes: CIFAR-10's ten, CIFAR-100's hundred, or the twenty that these belong to"},
    END,
};

static gd_status open_cifar(const gd_source_call *call, gd_dataset **out)
{
    const char *labels = gd__option_text(gd__source_call_of(call)->chosen.options, "labels");
    const gd_cifar_form form = labels == NULL || strcmp(labels, "cifar10") == 0 ? GD_CIFAR_10
                               : strcmp(labels, "coarse") == 0                  ? GD_CIFAR_100_COARSE
                                                                                : GD_CIFAR_100;
    return gd_dataset_from_cifar(call->file_count, call->file, form, out);
}

const gd_source_kind gd__source_cifar = {
    .record = {.name = "cifar",
               .doc = "CIFAR-10 or CIFAR-100 in the binary form",
               .options = keys,
               .short_option = "files"},
    .open = open_cifar,
};
