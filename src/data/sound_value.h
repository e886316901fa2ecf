// What transforms of sounds share.
#ifndef GD_DATA_SOUND_VALUE_H
#define GD_DATA_SOUND_VALUE_H

#include <gradus/transform.h>

// Whether a field is a sound, (T) of floating numbers, or GD_ERROR_SHAPE; it becomes f32.
gd_status gd__sound_describe(gd_field *field);
// The samples of such a value as f32, in its own memory.
gd_status gd__sound_of(gd_sample_value *value, int64_t *count, float **sample);
// Puts other samples into it.
gd_status gd__sound_put(gd_sample_value *value, int64_t count, const float *sample);

#endif
