// What the host of this example wants of a plugin: a shared object with a function `plugin` that gives this table.
#ifndef PLUGIN_H
#define PLUGIN_H

typedef struct plugin_calls {
    const char *name;
    void *(*open)(void); // NULL on failure
    // Looks at `count` samples of a signal and says how strongly each is a click, 0 to 1. 0 on failure.
    int (*score)(void *state, int count, const float *sample, float *click);
    const char *(*error)(void); // in words, after a failure
    void (*close)(void *state);
} plugin_calls;

typedef const plugin_calls *plugin_entry(void);

#endif
