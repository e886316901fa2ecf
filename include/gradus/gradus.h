// Gradus: deep learning in C. This header includes all the others.
#ifndef GRADUS_GRADUS_H
#define GRADUS_GRADUS_H

#include <gradus/base.h>
#include <gradus/data.h>
#include <gradus/decode.h>
#include <gradus/deprecated.h>
#include <gradus/describe.h>
#include <gradus/enlarge.h>
#include <gradus/explain.h>
#include <gradus/figure.h>
#include <gradus/generate.h>
#include <gradus/generator.h>
#include <gradus/graph.h>
#include <gradus/io.h>
#include <gradus/layer.h>
#include <gradus/loss.h>
#include <gradus/model.h>
#include <gradus/nn.h>
#include <gradus/objects.h>
#include <gradus/op.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <gradus/options.h>
#include <gradus/progress.h>
#include <gradus/record.h>
#include <gradus/report.h>
#include <gradus/run.h>
#include <gradus/runs.h>
#include <gradus/search.h>
#include <gradus/similar.h>
#include <gradus/solve.h>
#include <gradus/source_kind.h>
#include <gradus/step.h>
#include <gradus/task.h>
#include <gradus/text.h>
#include <gradus/text_scores.h>
#include <gradus/tokens.h>
#include <gradus/train.h>
#include <gradus/transform.h>
#include <gradus/version.h>
#include <gradus/windows.h>
#include <gradus/words.h>
#include <gradus/zoo.h>

#endif
