// Sounds: whatever the bytes are, as many samples as it says, all of them numbers, or a sentence. The first byte says
// whether they are resampled.
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>

#include "sound/sound.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    gd__sound sound;
    if (gd__sound_decode("fuzz", data + 1, size - 1, data[0] & 1 ? 8000 : 0, &sound) != GD_OK)
        return 0;
    for (int64_t i = 0; i < sound.count; i++)
        if (!isfinite(sound.sample[i]))
            abort();
    gd__sound_free(&sound);
    return 0;
}
