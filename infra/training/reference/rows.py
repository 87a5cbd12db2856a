"""Reads JSON lines of examples and items."""
import json

from .contract import BadData

FIELDS = {"text": ("text",), "pair": ("context", "target"), "extractive-qa": ("context", "question")}


def read_rows(path, subject, with_answers):
    """Rows with what the subject needs; `first` and `second` are the segments an encoder reads."""
    kind = subject["kind"]
    numbers = {label: number for number, label in enumerate(subject.get("labels", []))}
    rows = []
    with open(path, encoding="utf-8") as file:
        for line, text in enumerate(file, 1):
            if not text.strip():
                continue
            row = _parse(text, line)
            for field in ("id",) + FIELDS[kind]:
                if not isinstance(row.get(field), str):
                    raise BadData(f'line {line}: expected text in "{field}", got {row.get(field)!r}')
            _place_segments(row, kind)
            if with_answers:
                _read_answer(row, kind, numbers, line)
            rows.append(row)
    return rows


def _parse(text, line):
    try:
        row = json.loads(text)
    except ValueError as error:
        raise BadData(f"line {line}: expected JSON, got: {error}") from error
    if not isinstance(row, dict):
        raise BadData(f"line {line}: expected an object")
    return row


def _place_segments(row, kind):
    if kind == "text":
        row["first"], row["second"] = row["text"], None
    elif kind == "pair":
        row["first"], row["second"] = row["target"], row["context"]
    else:
        row["first"], row["second"] = row["question"], row["context"]


def _read_answer(row, kind, numbers, line):
    weight = row.get("weight", 1)
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not weight > 0:
        raise BadData(f"line {line}: expected a weight above 0, got {weight!r}")
    row["weight"] = float(weight)
    if kind != "extractive-qa":
        if row.get("label") not in numbers:
            raise BadData(f'line {line}: expected a label of {", ".join(numbers)}, got {row.get("label")!r}')
        row["gold"] = numbers[row["label"]]
        return
    answers = row.get("answers")
    if not isinstance(answers, list) or not answers:
        raise BadData(f"line {line}: expected answers, got {answers!r}")
    for answer in answers:
        text, start = (answer.get("text"), answer.get("start")) if isinstance(answer, dict) else (None, None)
        fits = isinstance(text, str) and text != "" and isinstance(start, int)
        # Python counts code points, as the contract does.
        if not fits or row["context"][start : start + len(text)] != text:
            raise BadData(f"line {line}: answer {text!r} is not at code point {start} of its context")
    row["gold"] = (answers[0]["start"], answers[0]["start"] + len(answers[0]["text"]))
