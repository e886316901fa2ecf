// Precision, recall and F1 of a class, and the ways to average them.
//
// What is averaged over are the classes that occur among the targets or the predictions; with several binary questions
// it is each question's yes.
#ifndef GD_METRIC_PER_CLASS_H
#define GD_METRIC_PER_CLASS_H

#include "metric/tally.h"

// A figure from how often a class was true and said, was true, and was said; 0 where it would be 0/0.
typedef double (*gd__class_figure)(double hit, double actual, double predicted);

double gd__class_precision(double hit, double actual, double predicted);
double gd__class_recall(double hit, double actual, double predicted);
double gd__class_f1(double hit, double actual, double predicted);

// All are NAN without samples.
// Of yes, its mean over the questions; for classes the same as macro.
double gd__figure_of_yes(const gd__tally *tally, gd__class_figure figure);
double gd__figure_macro(const gd__tally *tally, gd__class_figure figure);    // each class counts alike
double gd__figure_micro(const gd__tally *tally, gd__class_figure figure);    // of the classes' sums
double gd__figure_weighted(const gd__tally *tally, gd__class_figure figure); // as often as it is true

#endif
