"""Writes tokenizer.json and expected.inc: a small BPE tokenizer of bytes, and the ids that Hugging Face's library gives
with it. It needs the package tokenizers:

    python3 tests/text/make_fixtures.py
"""
import pathlib

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

here = pathlib.Path(__file__).parent

TEXTS = [
    "",
    " ",
    "Hello world",
    "  two  blanks   and\ttabs\n\n\nand lines \n end  ",
    "It's what they'd've said: we'll, I'm, you're, DON'T, 'tis o'clock''s",
    "Numbers 3.14, 1,000,000 and x2y3 \u00bd \u0663\u0664 \u2163",
    "na\u00efve caf\u00e9 cafe\u0301 \u00a0nbsp\u2003em \u3000wide",
    "\u6211\u4eec\u5b66\u4e60deep learning\uff0c\u4e0d\u662f\u5417\uff1f",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u03ba\u03cc\u03c3\u03bc\u03b5 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0928\u092e\u0938\u094d\u0924\u0947",
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 emoji! ?? ...--- $%^&*()_+",
    "the end<|endoftext|>a beginning <|endoftext|><|endoftext|>",
    "a" * 200 + " " * 70 + "ab" * 100,
    "the theatre, there: then them, these other others bother",
    "control \x01\x7f \u200b zero\u0085next\u2028line",
]
CORPUS = TEXTS[2:] + [
    "The network learns the weights that make the loss small, and the loss says how far the answers are from the truth.",
    "A tokenizer cuts a text into tokens; the tokens are numbers, and the numbers are what the network reads.",
    "Other things being equal, the smaller of the two networks is the better one, for there is less of it to train.",
]

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=420,
    min_frequency=2,
    special_tokens=[AddedToken("<|endoftext|>")],
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
)
tokenizer.train_from_iterator(CORPUS, trainer)
tokenizer.save(str(here / "tokenizer.json"), pretty=False)


def c_text(text):
    return '"' + "".join(f"\\{byte:03o}" if byte < 32 or byte > 126 or chr(byte) in '"\\?' else chr(byte)
                         for byte in text.encode()) + '"'


with open(here / "expected.inc", "w") as file:
    print("// Written by make_fixtures.py.", file=file)
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        print(f"{{{c_text(text)}, {len(ids)}, {{{', '.join(map(str, ids))}}}}},", file=file)
