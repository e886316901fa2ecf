// A host that knows nothing of Gradus: it loads a plugin, lets it look at a signal, and unloads it, three times over.
//
//     ./host ./clicks.so
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>

#include "plugin.h"

enum { COUNT = 1000 };

// A tone with clicks at 100, 350 and 777.
static void make_signal(float *sample)
{
    for (int i = 0; i < COUNT; i++)
        sample[i] = 0.6F * sinf(0.23F * (float)i);
    sample[100] += 1;
    sample[350] -= 0.8F;
    sample[777] += 1.2F;
}

static int use(const plugin_calls *calls, const float *sample)
{
    static float click[COUNT];
    void *state = calls->open();
    const int good = state != NULL && calls->score(state, COUNT, sample, click);
    if (good) {
        printf("%s:", calls->name);
        for (int i = 0; i < COUNT; i++)
            if (click[i] > 0.5F)
                printf(" %d", i);
        printf("\n");
    } else {
        fprintf(stderr, "%s\n", calls->error());
    }
    calls->close(state);
    return good;
}

int main(int argc, char **argv)
{
    static float sample[COUNT];
    make_signal(sample);
    int good = 1;
    for (int round = 0; good && round < 3; round++) {
        void *object = dlopen(argc > 1 ? argv[1] : "./clicks.so", RTLD_NOW | RTLD_LOCAL);
        plugin_entry *entry = NULL;
        if (object != NULL)
            *(void **)&entry = dlsym(object, "plugin"); // as POSIX has it
        if (entry == NULL)
            fprintf(stderr, "%s\n", dlerror());
        good = entry != NULL && use(entry(), sample);
        if (object != NULL)
            dlclose(object);
    }
    return good ? 0 : 1;
}
