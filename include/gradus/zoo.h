// Known networks by name: LeNet, AlexNet, VGG, ResNet, MobileNet, EfficientNet, DenseNet, SqueezeNet, GoogLeNet, U-Net,
// ViT. They are the blocks of the recipes in recipes/zoo, whose text is part of the library: no file is read. In a
// recipe they are layers, `zoo: resnet18` or `zoo: {resnet18: {classes: 10}}`.
//
// Variables are called as in torchvision's state_dict ("layer1.0.conv1.weight"), so its files of weights fit
// (gd_load_weights).
#ifndef GRADUS_ZOO_H
#define GRADUS_ZOO_H

#include <gradus/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

// Writes the network `name` behind x: pictures (N, C, H, W), f32 or f64. Returns what its last layer gives: logits
// (N, classes), of a U-Net (N, classes, H', W'). `parameters`: YAML such as "{classes: 10, dropout: 0}" with what the
// network's block takes, or a single value for the first of them; NULL: the published network. Names of variables begin
// with the graph's scope. A name or parameter that is unknown, and pictures that do not fit, are errors of the graph.
//
//     gd_tensor logits = gd_zoo(pictures, "resnet18", "{classes: 10, cifar: true}");
GD_API gd_tensor gd_zoo(gd_tensor x, const char *name, const char *parameters);

// The networks that there are, by place: name and description, "ResNet-18 (He, Zhang, Ren, Sun 2016)". NULL when there
// is no such place. The texts are constant.
GD_API int gd_zoo_count(void);
GD_API const char *gd_zoo_name(int i);
GD_API const char *gd_zoo_doc(int i);

#ifdef __cplusplus
}
#endif
#endif
