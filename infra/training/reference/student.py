"""A student: a reader, an encoder, and a head for its subject. Saved as one file, which holds all it needs."""
import json

import torch
from torch import nn

from . import hugging_face
from .contract import BadJob
from .small_encoder import SmallEncoder
from .tensors import read_tensors, write_tensors
from .words import WordReader

FORMAT = "perennial-student-1"
# The score of a place that only fills a batch up.
NEVER = -1e4


class Network(nn.Module):
    def __init__(self, encoder, subject, dropout):
        super().__init__()
        self.encoder, self.is_reader = encoder, subject["kind"] == "extractive-qa"
        outputs = 2 if self.is_reader else len(subject["labels"])
        self.dropout, self.inner = nn.Dropout(dropout), nn.Linear(encoder.width, encoder.width)
        self.outputs = nn.Linear(encoder.width, outputs)

    def forward(self, inputs):
        """Label scores [batch, labels]; or scores of begin and end [batch, tokens, 2]."""
        hidden, whole = self.encoder(inputs)
        if self.is_reader:
            mask = inputs["mask" if "mask" in inputs else "attention_mask"].bool()
            return self.outputs(hidden).masked_fill(~mask.unsqueeze(-1), NEVER)
        return self.outputs(self.dropout(torch.relu(self.inner(whole))))


class Student:
    def __init__(self, subject, options, reader, network, base):
        self.subject, self.options, self.reader, self.network, self.base = subject, options, reader, network, base

    @property
    def is_reader(self):
        return self.subject["kind"] == "extractive-qa"

    def windows(self, row):
        return self.reader.windows(row, sliding=self.is_reader)

    def collate(self, windows, device):
        """Windows as tensors, each filled up to the longest."""
        longest = max(window.length for window in windows)
        padding = self.reader.padding
        return {
            name: torch.tensor(
                [list(window.inputs[name]) + [padding[name]] * (longest - window.length) for window in windows],
                device=device,
            )
            for name in windows[0].inputs
        }

    def write(self, path, weights):
        config = {"format": FORMAT, "subject": self.subject, "options": self.options, "base": self.base}
        if self.base is None:
            config.update(vocabulary=self.reader.vocabulary)
        else:
            config.update(base_config=hugging_face.config_of(self.network.encoder), files=self.reader.files())
        config.update(tokens_max=self.reader.tokens_max)
        write_tensors(path, weights, {"config": json.dumps(config, ensure_ascii=False)})


def new_student(subject, options, base, rows):
    """Untrained; draws its weights from torch's generator."""
    tokens_max = options["tokensMax"]
    if base is None:
        reader = WordReader.learn(rows, options["vocabulary"], tokens_max)
        encoder = _small(reader, options, subject)
    else:
        reader, encoder = hugging_face.from_base(base, tokens_max)
    return Student(subject, options, reader, Network(encoder, subject, options["dropout"]), base)


def read_student(path, subject):
    weights, metadata = read_tensors(path)
    config = json.loads(metadata.get("config", "{}"))
    if config.get("format") != FORMAT:
        raise BadJob(f"model: expected a student of this trainer ({FORMAT}), got {config.get('format')!r}")
    if config["subject"] != subject:
        raise BadJob(f"subject: the student was trained for {config['subject']}, asked for {subject}")
    options, tokens_max = config["options"], config["tokens_max"]
    if config["base"] is None:
        reader = WordReader(config["vocabulary"], tokens_max)
        encoder = _small(reader, options, subject)
    else:
        reader, encoder = hugging_face.from_files(config["base_config"], config["files"], tokens_max)
    network = Network(encoder, subject, options["dropout"])
    network.load_state_dict(weights)
    return Student(subject, options, reader, network, config["base"])


def _small(reader, options, subject):
    return SmallEncoder(reader.ids, reader.tokens_max, options, subject["kind"] == "extractive-qa")
