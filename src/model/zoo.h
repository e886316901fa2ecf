// Known networks, as blocks of the recipes in recipes/zoo, whose text is part of the library.
#ifndef GD_MODEL_ZOO_H
#define GD_MODEL_ZOO_H

#include "model/yaml.h"

typedef struct gd__zoo_file {
    const char *name; // "zoo/resnet.yaml"
    const unsigned char *text;
    size_t length;
} gd__zoo_file;
// A block that says what it is.
typedef struct gd__zoo_network {
    const char *name, *doc;
    int file; // the place in gd__zoo_files
} gd__zoo_network;

// Written by cmake/EmbedZoo.cmake; the networks end with {0}.
extern const gd__zoo_file gd__zoo_files[];
extern const gd__zoo_network gd__zoo_networks[];

// The recipe that has the network which the scalar `name` names; GD_ERROR_FORMAT with a sentence where none has.
gd_status gd__zoo_parse(const gd__yaml *name, gd__yaml **out);

#endif
