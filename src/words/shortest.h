// Numbers as text, as short as they can be.
#ifndef GD_WORDS_SHORTEST_H
#define GD_WORDS_SHORTEST_H

enum { GD__SHORTEST_TEXT = 32 };

// Writes the shortest decimal fraction that is read as the same float, in the form in which NumPy prints one: 0.00012,
// 3.0, 1.5e-05, 1e+06, nan. Returns its length; a zero stands behind it.
int gd__shortest_text(float value, char text[GD__SHORTEST_TEXT]);

#endif
