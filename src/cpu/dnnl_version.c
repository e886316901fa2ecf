#include "cpu/dnnl_version.h"

#include <stdio.h>

#ifdef GD_HAVE_DNNL
#include <oneapi/dnnl/dnnl.h>
#endif

void gd__dnn_version(char text[GD__DNN_VERSION_TEXT])
{
#ifdef GD_HAVE_DNNL
    const dnnl_version_t *version = dnnl_version();
    snprintf(text, GD__DNN_VERSION_TEXT, "%d.%d.%d", version->major, version->minor, version->patch);
#else
    snprintf(text, GD__DNN_VERSION_TEXT, "not in this build");
#endif
}
