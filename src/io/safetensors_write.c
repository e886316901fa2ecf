#include "io/safetensors.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/shape.h"
#include "base/text.h"

typedef struct {
    char *name;
    gd_array array;
    int64_t bytes;
} entry;

struct gd_tensor_writer {
    int count, capacity;
    entry *entries;   // by decreasing element size, then as added
    json_t *metadata; // text by key
};

gd_status gd_tensor_writer_create(gd_tensor_writer **writer)
{
    GD__NEEDS(writer, GD_ERROR_ARGUMENT);
    *writer = gd__alloc_zeroed(1, sizeof **writer);
    if (*writer != NULL && ((*writer)->metadata = json_object()) != NULL)
        return GD_OK;
    gd__free(*writer);
    *writer = NULL;
    return gd__fail_memory("a safetensors writer");
}

void gd_tensor_writer_free(gd_tensor_writer *writer)
{
    if (writer == NULL)
        return;
    for (int i = 0; i < writer->count; i++)
        gd__free(writer->entries[i].name);
    gd__free(writer->entries);
    json_decref(writer->metadata);
    gd__free(writer);
}

// A JSON text. jansson gives NULL for bad UTF-8 as well as for short memory; its unchecked twin tells which.
static gd_status make_text(const char *text, const char *what, json_t **result)
{
    *result = json_string(text);
    if (*result != NULL)
        return GD_OK;
    json_t *unchecked = json_string_nocheck(text);
    if (unchecked == NULL)
        return gd__fail_memory(what);
    json_decref(unchecked);
    return gd__fail(GD_ERROR_ARGUMENT, "%s for a safetensors file is not UTF-8", what);
}

static gd_status check_name(const gd_tensor_writer *writer, const char *name)
{
    if (strcmp(name, GD__SAFETENSORS_METADATA) == 0)
        return gd__fail(GD_ERROR_ARGUMENT, "a tensor cannot be called %s: the safetensors format uses that name itself",
                        name);
    for (int i = 0; i < writer->count; i++) {
        if (strcmp(writer->entries[i].name, name) == 0)
            return gd__fail(GD_ERROR_ARGUMENT, "tensor '%.100s' is added to a safetensors file twice", name);
    }
    json_t *text = NULL;
    gd_status status = make_text(name, "a tensor's name", &text);
    json_decref(text);
    return status;
}

gd_status gd_tensor_writer_add(gd_tensor_writer *writer, const char *name, const gd_array *array)
{
    GD__NEEDS(writer, GD_ERROR_ARGUMENT);
    gd_status status = check_name(writer, name);
    if (status != GD_OK)
        return status;
    entry added = {.array = *array};
    char text[GD_SHAPE_TEXT];
    size_t size = gd_type_size(array->type);
    if (array->shape.rank < 0 || array->shape.rank > GD_MAX_RANK)
        return gd__fail(GD_ERROR_ARGUMENT, "tensor '%.100s' of rank %d cannot be written: ranks go from 0 to %d", name,
                        array->shape.rank, GD_MAX_RANK);
    if (size == 0 || !gd__shape_bytes(array->shape, size, &added.bytes))
        return gd__fail(GD_ERROR_ARGUMENT, "tensor '%.100s' of %s %s cannot be written: its shape must be closed", name,
                        gd_type_name(array->type), gd_shape_text(array->shape, text));
    void *list = writer->entries;
    if (!gd__grow(&list, &writer->capacity, writer->count, sizeof *writer->entries))
        return gd__fail_memory("a list of tensors");
    writer->entries = list;
    added.name = gd__copy_text(name);
    if (added.name == NULL)
        return gd__fail_memory("the name of a tensor");

    int place = writer->count++;
    for (; place > 0 && gd_type_size(writer->entries[place - 1].array.type) < size; place--)
        writer->entries[place] = writer->entries[place - 1];
    writer->entries[place] = added;
    return GD_OK;
}

gd_status gd_tensor_writer_metadata(gd_tensor_writer *writer, const char *key, const char *value)
{
    GD__NEEDS(writer, GD_ERROR_ARGUMENT);
    json_t *key_text = NULL, *value_text = NULL;
    gd_status status = make_text(key, "a metadata key", &key_text);
    if (status == GD_OK)
        status = make_text(value, "a metadata text", &value_text);
    json_decref(key_text);
    // json_object_set_new takes the value over, also when it fails.
    if (status == GD_OK && json_object_set_new(writer->metadata, key, value_text) != 0)
        status = gd__fail_memory("metadata");
    return status;
}

static json_t *describe_entry(const entry *e, int64_t begin)
{
    json_t *shape = json_array();
    for (int i = 0; i < e->array.shape.rank; i++) {
        if (json_array_append_new(shape, json_integer(e->array.shape.dim[i])) != 0) {
            json_decref(shape);
            return NULL;
        }
    }
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", gd__dtypes[e->array.type].name, "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)(begin + e->bytes));
}

static int append_text(const char *bytes, size_t size, void *text)
{
    gd__text_add_bytes(text, bytes, size);
    return 0;
}

// Writes the header's JSON into `text`, padded with spaces so that the data begins aligned.
static gd_status header_text(const json_t *header, gd__text *text)
{
    const bool good = json_dump_callback(header, append_text, text, JSON_COMPACT) == 0;
    while (good && text->length % GD__SAFETENSORS_ALIGNMENT != 0 && !text->failed)
        gd__text_add_bytes(text, " ", 1);
    if (!good || text->failed)
        return gd__fail_memory("the header of a safetensors file");
    if (text->length > GD__SAFETENSORS_HEADER_LIMIT)
        return gd__fail(GD_ERROR_ARGUMENT, "the names and metadata take %zu bytes; a safetensors header holds %d",
                        text->length, GD__SAFETENSORS_HEADER_LIMIT);
    return GD_OK;
}

static gd_status make_header(const gd_tensor_writer *writer, gd__text *text)
{
    json_t *header = json_object();
    bool good = header != NULL;
    if (json_object_size(writer->metadata) > 0)
        good = json_object_set(header, GD__SAFETENSORS_METADATA, writer->metadata) == 0;
    int64_t begin = 0;
    for (int i = 0; i < writer->count && good; i++) {
        const entry *e = &writer->entries[i];
        good = json_object_set_new(header, e->name, describe_entry(e, begin)) == 0;
        begin += e->bytes;
    }
    gd_status status = good ? header_text(header, text) : gd__fail_memory("the header of a safetensors file");
    json_decref(header);
    return status;
}

// A write that fails leaves the stream's error flag set, which the commit of the file looks at.
static bool put_bytes(FILE *stream, const void *bytes, size_t size)
{
    return size == 0 || fwrite(bytes, 1, size, stream) == size;
}

static bool put_header(FILE *stream, const gd__text *header)
{
    unsigned char length[GD__SAFETENSORS_LENGTH];
    for (int i = 0; i < GD__SAFETENSORS_LENGTH; i++)
        length[i] = (unsigned char)((uint64_t)header->length >> 8 * i);
    return put_bytes(stream, length, sizeof length) && put_bytes(stream, header->data, header->length);
}

gd_status gd_tensor_writer_commit(const gd_tensor_writer *writer, const char *path)
{
    GD__NEEDS(writer, GD_ERROR_ARGUMENT);
    gd__text header = {0};
    gd__file_writer output = {0};
    gd_status status = make_header(writer, &header);
    if (status == GD_OK)
        status = gd__file_writer_open(&output, path);
    else
        status = gd__fail_in(status, "%s", path);
    if (status == GD_OK) {
        bool good = put_header(output.stream, &header);
        for (int i = 0; i < writer->count && good; i++)
            good = put_bytes(output.stream, writer->entries[i].array.data, (size_t)writer->entries[i].bytes);
        status = gd__file_writer_commit(&output);
    }
    gd__text_free(&header);
    return status;
}

// ---- Changing the metadata of a file that is there

// Offsets count from the first byte of data, so a header of another length leaves them as they are.
static gd_status change_header(const char *path, const char *key, const char *value, const char *json, size_t length,
                               gd__text *header)
{
    json_error_t error;
    json_t *root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error), *text = NULL;
    json_t *metadata = json_object_get(root, GD__SAFETENSORS_METADATA);
    gd_status status =
        root == NULL ? gd__fail(GD_ERROR_FORMAT, "%s: its header is no JSON: %s", path, error.text) : GD_OK;
    bool good = true;
    if (status == GD_OK && metadata == NULL) {
        good = json_object_set_new(root, GD__SAFETENSORS_METADATA, json_object()) == 0;
        metadata = json_object_get(root, GD__SAFETENSORS_METADATA);
    }
    if (status == GD_OK && value == NULL)
        (void)json_object_del(metadata, key);
    else if (status == GD_OK)
        status = make_text(key, "a metadata key", &text);
    json_decref(text);
    text = NULL;
    if (status == GD_OK && value != NULL)
        status = make_text(value, "a metadata text", &text);
    if (status == GD_OK && text != NULL)
        good = good && json_object_set_new(metadata, key, text) == 0;
    if (status == GD_OK)
        status = good ? header_text(root, header) : gd__fail_memory("metadata");
    json_decref(root);
    return status;
}

// What stands behind the header, unchanged.
static bool copy_rest(FILE *from, FILE *to)
{
    char block[1 << 12];
    size_t count;
    while ((count = fread(block, 1, sizeof block, from)) > 0)
        if (!put_bytes(to, block, count))
            return false;
    return !ferror(from);
}

// The length of the header, which stands at the beginning of a file that was checked.
static bool read_header(FILE *stream, char **json, size_t *length)
{
    unsigned char bytes[GD__SAFETENSORS_LENGTH];
    if (fread(bytes, 1, sizeof bytes, stream) != sizeof bytes)
        return false;
    uint64_t size = 0;
    for (int i = 0; i < GD__SAFETENSORS_LENGTH; i++)
        size |= (uint64_t)bytes[i] << 8 * i;
    *length = (size_t)size;
    *json = size > GD__SAFETENSORS_HEADER_LIMIT ? NULL : gd__alloc_zeroed(*length + 1, 1);
    return *json != NULL && fread(*json, 1, *length, stream) == *length;
}

gd_status gd_tensor_file_set_metadata(const char *path, const char *key, const char *value)
{
    gd_tensor_file *file;
    gd_status status = gd_tensor_file_open(path, &file);
    if (status != GD_OK)
        return status;
    gd_tensor_file_free(file);
    gd__text header = {0};
    gd__file_writer output = {0};
    char *json = NULL;
    size_t length = 0;
    FILE *stream = fopen(path, "rb");
    if (stream == NULL || !read_header(stream, &json, &length))
        status = gd__fail(GD_ERROR_IO, "%s: cannot be read again", path);
    if (status == GD_OK)
        status = change_header(path, key, value, json, length, &header);
    if (status == GD_OK)
        status = gd__file_writer_open(&output, path);
    if (status == GD_OK && put_header(output.stream, &header) && copy_rest(stream, output.stream)) {
        status = gd__file_writer_commit(&output);
    } else if (status == GD_OK) {
        gd__file_writer_abandon(&output);
        status = gd__fail(GD_ERROR_IO, "%s: cannot be copied", path);
    }
    if (stream != NULL)
        fclose(stream);
    gd__free(json);
    gd__text_free(&header);
    return status;
}
