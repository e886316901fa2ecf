// What initialisers share, and what layers ask of them.
#ifndef GD_NN_INITIALISE_H
#define GD_NN_INITIALISE_H

#include <gradus/nn.h>

extern const gd_records gd__initializer_records;

// Is the choice left to the layer?
bool gd__initializer_is_default(gd_initializer initializer);

// Fans of a weight [out, in, …kernel].
void gd__fans(gd_shape weight, double *fan_in, double *fan_out);

// The option of the initialisers that have a scale.
extern const gd_option gd__scale_option[];
// Normal numbers of the given deviation.
void gd__draw_normal(const gd_initializer_call *call, double deviation);

// Where the options of a record with a scale stand.
#define GD__SCALED .options = gd__scale_option, .short_option = "scale", .options_size = sizeof(gd_initializer)

#endif
