"""What a job may change about a training, with its defaults and limits."""
from .contract import BadJob

# name: (default from nothing, default with a base, least, most)
NUMBERS = {
    "epochs": (10, 5, 1, 1000),
    "batch": (16, 16, 1, 4096),
    "rate": (1e-3, 3e-5, 0, 10),
    "warmupRatio": (0.06, 0.06, 0, 1),
    "decay": (0.01, 0.01, 0, 10),
    "tokensMax": (256, 512, 8, 8192),
    "clip": (1.0, 1.0, 0, 1e9),
    "answerTokensMax": (30, 30, 1, 512),
    # Of the small encoder alone.
    "width": (64, 64, 8, 2048),
    "layers": (2, 2, 1, 48),
    "dropout": (0.1, 0.1, 0, 0.9),
    "vocabulary": (20000, 20000, 0, 1000000),
}
INTEGERS = {"epochs", "batch", "tokensMax", "answerTokensMax", "width", "layers", "vocabulary"}
# Instead of a share of all steps.
OPTIONAL = {"warmupSteps": (0, 10**9)}
WORDS = {
    "metric": ["accuracy", "macro-f1", "em", "f1"],
    "precision": ["fp32", "bf16"],
}


def read_options(given, has_base, kind):
    options = {name: values[1 if has_base else 0] for name, values in NUMBERS.items()}
    options.update(warmupSteps=None, metric="f1" if kind == "extractive-qa" else "accuracy", precision="fp32")
    for name, value in given.items():
        if name in WORDS:
            if value not in WORDS[name]:
                raise BadJob(f"options.{name}: expected one of {', '.join(WORDS[name])}, got {value!r}")
        elif name in NUMBERS or name in OPTIONAL:
            least, most = NUMBERS[name][2:] if name in NUMBERS else OPTIONAL[name]
            whole = name in INTEGERS or name in OPTIONAL
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
                raise BadJob(f"options.{name}: expected a number from {least} to {most}, got {value!r}")
            if whole and value != int(value):
                raise BadJob(f"options.{name}: expected a whole number, got {value!r}")
            value = int(value) if whole else float(value)
        else:
            known = sorted([*NUMBERS, *OPTIONAL, *WORDS])
            raise BadJob(f"options.{name}: unknown; known are {', '.join(known)}")
        options[name] = value
    if (options["metric"] in ("em", "f1")) != (kind == "extractive-qa"):
        raise BadJob(f"options.metric: {options['metric']} is no measure of {kind}")
    return options
