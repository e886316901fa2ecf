// Calibration at the end of a training, as the recipe's section `calibrate` asks for it.
#ifndef GRADUS_CLI_CALIBRATE_H
#define GRADUS_CLI_CALIBRATE_H

#include "session.h"

// Complains where the recipe asks for it and there is nothing to calibrate by; returns how the command ends.
int calibrate_check(const session *s);
// Chooses temperature and threshold with the weights that the model has, prints what was chosen, and writes it into the
// checkpoints of the run.
gd_status calibrate_session(session *s);

#endif
