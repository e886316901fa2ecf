#include <gradus/version.h>

#define TEXT(number) #number
#define DOTTED(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)

const char *gd_version(void)
{
    return DOTTED(GD_VERSION_MAJOR, GD_VERSION_MINOR, GD_VERSION_PATCH);
}

int gd_version_number(void)
{
    return GD_VERSION_NUMBER;
}
