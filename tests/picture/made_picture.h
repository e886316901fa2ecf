// Made-up pictures in PNG files, with smooth places, edges and noise.
#ifndef GD_TESTS_PICTURE_MADE_PICTURE_H
#define GD_TESTS_PICTURE_MADE_PICTURE_H

// channels: 1 or 3.
void write_made_picture(const char *path, int height, int width, int channels);

#endif
