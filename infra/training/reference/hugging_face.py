"""A pre-trained encoder of the Hugging Face kind; `transformers` is imported here and nowhere else."""
import base64
import json
import os
import tempfile

from torch import nn

from .contract import BadJob
from .words import Window


def _transformers():
    try:
        import transformers
    except ImportError as error:
        raise BadJob(f"a base needs the Python package transformers: {error}. Install it beside torch.") from error
    transformers.logging.set_verbosity_error()
    return transformers


class SubwordReader:
    def __init__(self, tokenizer, tokens_max):
        if not tokenizer.is_fast:
            raise BadJob(f"base: {type(tokenizer).__name__} has no offsets; a base with a fast tokenizer is needed")
        self._tokenizer = tokenizer
        self.tokens_max = min(tokens_max, tokenizer.model_max_length)
        self.padding = {"input_ids": tokenizer.pad_token_id or 0, "attention_mask": 0, "token_type_ids": 0}

    def windows(self, row, sliding):
        texts = (row["first"],) if row["second"] is None else (row["first"], row["second"])
        if sliding:
            texts = (self._shortened(row["first"]), row["second"])
        more = {"stride": self.tokens_max // 4, "return_overflowing_tokens": True} if sliding else {}
        encoded = self._tokenizer(
            *texts,
            truncation="only_second" if sliding else True,
            max_length=self.tokens_max,
            return_offsets_mapping=True,
            **more,
        )
        values = dict(encoded) if sliding else {name: [value] for name, value in encoded.items()}
        segments = [encoded.sequence_ids(n) for n in range(len(values["input_ids"]))]
        names = [name for name in self.padding if name in values]
        return [
            Window(
                {name: values[name][n] for name in names},
                [tuple(span) if of == 1 else None for span, of in zip(values["offset_mapping"][n], segments[n])],
            )
            for n in range(len(segments))
        ]

    def _shortened(self, question):
        """At most half of a window, so that the context has the other half."""
        short = self._tokenizer(
            question, truncation=True, max_length=self.tokens_max // 2, return_offsets_mapping=True
        )
        return question[: max(end for _, end in short["offset_mapping"])]

    def files(self):
        """The tokenizer's files, so that a trained student needs no base any more."""
        with tempfile.TemporaryDirectory() as folder:
            self._tokenizer.save_pretrained(folder)
            return {name: _read_base64(os.path.join(folder, name)) for name in sorted(os.listdir(folder))}


class PretrainedEncoder(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model
        self.width = model.config.hidden_size

    def forward(self, inputs):
        hidden = self.model(**inputs).last_hidden_state
        return hidden, hidden[:, 0]


def from_base(base, tokens_max):
    """Reader and encoder of a base: a name on the Hugging Face hub, or a folder."""
    transformers = _transformers()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(base, use_fast=True)
        model = transformers.AutoModel.from_pretrained(base)
    except (OSError, ValueError) as error:
        raise BadJob(f"base: {base} cannot be loaded: {error}") from error
    return SubwordReader(tokenizer, _tokens_max(model, tokens_max)), PretrainedEncoder(model)


def from_files(config, files, tokens_max):
    """Reader and encoder without weights, of a trained student."""
    transformers = _transformers()
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            with open(os.path.join(folder, os.path.basename(name)), "wb") as file:
                file.write(base64.b64decode(content))
        with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, use_fast=True)
        model = transformers.AutoModel.from_config(transformers.AutoConfig.from_pretrained(folder))
    return SubwordReader(tokenizer, tokens_max), PretrainedEncoder(model)


def config_of(encoder):
    return json.loads(encoder.model.config.to_json_string(use_diff=False))


def _tokens_max(model, wanted):
    most = getattr(model.config, "max_position_embeddings", None)
    # Some count their padding among the positions.
    return wanted if most is None else min(wanted, most - 2 if most > 512 else most)


def _read_base64(path):
    with open(path, "rb") as file:
        return base64.b64encode(file.read()).decode("ascii")
