// Annotations of Pascal VOC, where the first byte is <, else of COCO.
#include <string.h>

#include "base/memory.h"
#include "data/annotations.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    gd__annotations annotations = {.skip_bad = true};
    char *copy = gd__alloc(size + 1); // with a zero behind it, as files are read
    if (copy == NULL || size == 0) {
        gd__free(copy);
        return 0;
    }
    memcpy(copy, data, size);
    copy[size] = '\0';
    (void)(copy[0] == '<' ? gd__voc_parse("a.xml", copy, size, &annotations)
                          : gd__coco_parse("a.json", copy, size, &annotations));
    gd__annotations_free(&annotations);
    gd__free(copy);
    return 0;
}
