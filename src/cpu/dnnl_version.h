// Which oneDNN is at work.
#ifndef GD_CPU_DNNL_VERSION_H
#define GD_CPU_DNNL_VERSION_H

// Writes "2.6.3", or "not in this build".
enum { GD__DNN_VERSION_TEXT = 40 };
void gd__dnn_version(char text[GD__DNN_VERSION_TEXT]);

#endif
