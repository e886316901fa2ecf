// Files of named tensors in the safetensors format: https://github.com/huggingface/safetensors
#ifndef GRADUS_IO_H
#define GRADUS_IO_H

#include <gradus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

// A safetensors file, read whole and checked. It never changes, so several threads may read one.
typedef struct gd_tensor_file gd_tensor_file;

// Reads the file at `path`. Every count, size and offset in it is checked: the names differ, the tensors fill the data
// without holes or overlaps, and the file ends where its header says. On failure `*file` is NULL, and the status is
// GD_ERROR_IO (cannot be read), GD_ERROR_FORMAT (not a sound safetensors file) or GD_ERROR_MEMORY.
//
// Element types F64, F32, BF16, I64, I32, U8 and BOOL come as they are; F16 becomes f32, I16 and I8 become i32, all
// without rounding. Release the file with gd_tensor_file_free.
GD_API GD_MUST_USE gd_status gd_tensor_file_open(const char *path, gd_tensor_file **file);
// Releases the file with all its arrays and strings. NULL is fine.
GD_API void gd_tensor_file_free(gd_tensor_file *file);

// The number of tensors.
GD_API int gd_tensor_file_count(const gd_tensor_file *file);
// Tensor `index`, 0 … count-1, in the order of the file's header; NULL outside this range. The file owns the result.
GD_API const char *gd_tensor_file_name(const gd_tensor_file *file, int index);
GD_API const gd_array *gd_tensor_file_at(const gd_tensor_file *file, int index);
// The tensor called `name`, or NULL when there is none. The file owns the result.
GD_API const gd_array *gd_tensor_file_get(const gd_tensor_file *file, const char *name);

// The text (UTF-8) that the file's metadata holds under `key`, or NULL when there is none. The file owns the result.
GD_API const char *gd_tensor_file_metadata(const gd_tensor_file *file, const char *key);
// The number of metadata entries, and the key of entry `index`, 0 … count-1 (NULL outside this range).
GD_API int gd_tensor_file_metadata_count(const gd_tensor_file *file);
GD_API const char *gd_tensor_file_metadata_key(const gd_tensor_file *file, int index);

// Sets one text of a file's metadata, or removes it where `value` is NULL; key and value are UTF-8. Tensors and all
// other metadata stay as they are. The file is written under another name and takes its place whole; on failure (those
// of gd_tensor_file_open; GD_ERROR_ARGUMENT: not UTF-8) it is untouched.
GD_API GD_MUST_USE gd_status gd_tensor_file_set_metadata(const char *path, const char *key, const char *value);

// Collects tensors and metadata, and writes them to a file.
typedef struct gd_tensor_writer gd_tensor_writer;

// Makes an empty writer, or fails with GD_ERROR_MEMORY. Release it with gd_tensor_writer_free.
GD_API GD_MUST_USE gd_status gd_tensor_writer_create(gd_tensor_writer **writer);
// Releases the writer; no file is touched. NULL is fine.
GD_API void gd_tensor_writer_free(gd_tensor_writer *writer);

// Adds a tensor. `name` (UTF-8, not used before, not "__metadata__") is copied; the array's data is borrowed and must
// stay until the last commit, which writes the values that it then holds. Fails with GD_ERROR_ARGUMENT or _MEMORY.
GD_API GD_MUST_USE gd_status gd_tensor_writer_add(gd_tensor_writer *writer, const char *name, const gd_array *array);
// Sets the metadata `key` to `value`, both UTF-8 and copied; an earlier value is replaced.
GD_API GD_MUST_USE gd_status gd_tensor_writer_metadata(gd_tensor_writer *writer, const char *key, const char *value);

// Writes all that was added to the file `path`. The file appears whole or not at all: on failure (GD_ERROR_IO: the disk
// is full, the directory cannot be written …) a file that was there before is untouched.
//
// Tensors lie in the file by decreasing element size, and among equals in the order in which they were added. So every
// element is aligned without holes, which the format forbids. The writer stays as it is and may be committed again.
GD_API GD_MUST_USE gd_status gd_tensor_writer_commit(const gd_tensor_writer *writer, const char *path);

#ifdef __cplusplus
}
#endif
#endif
