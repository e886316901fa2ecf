// Hugging Face's tokenizer.json.
#ifndef GD_TEXT_HUGGINGFACE_H
#define GD_TEXT_HUGGINGFACE_H

#include "text/tokenizer.h"

// Reads one with a BPE model of bytes, cut by GPT-2's pattern. What it adds around whole texts (post_processor), cuts
// off or pads is not taken over. GD_ERROR_UNSUPPORTED, saying what, where ids would be others than theirs.
gd_status gd__huggingface_from_json(json_t *json, gd_tokenizer **out);

#endif
