"""What an epoch is judged by."""
import math
import re

from .predicting import predict

ARTICLES = re.compile(r"\b(a|an|the)\b")
MARKS = re.compile(r"[^\w\s]|_")


def measure(student, rows, device):
    """Measures by name, each with its mean over the rows."""
    answers = predict(student, rows, device)
    return _measure_spans(rows, answers) if student.is_reader else _measure_labels(student, rows, answers)


def _measure_labels(student, rows, answers):
    gold, said = [row["gold"] for row in rows], [int(answer.argmax()) for answer in answers]
    loss = -sum(math.log(max(float(answer[label]), 1e-12)) for answer, label in zip(answers, gold)) / len(rows)
    right = sum(a == b for a, b in zip(gold, said)) / len(rows)
    scores = []
    for label in range(len(student.subject["labels"])):
        both = sum(a == b == label for a, b in zip(gold, said))
        either = gold.count(label) + said.count(label)
        if either > 0:
            scores.append(2 * both / either)
    return {"accuracy": right, "macro-f1": sum(scores) / len(scores), "validation-loss": loss}


def _measure_spans(rows, answers):
    exact, overlap = 0.0, 0.0
    for row, (begin, end, _) in zip(rows, answers):
        said = _normalize(row["context"][begin:end])
        references = [_normalize(answer["text"]) for answer in row["answers"]]
        exact += any(said == reference for reference in references)
        overlap += max(_f1(said, reference) for reference in references)
    return {"em": exact / len(rows), "f1": overlap / len(rows)}


def _normalize(text):
    return " ".join(ARTICLES.sub(" ", MARKS.sub("", text.lower())).split())


def _f1(said, reference):
    one, other = said.split(), reference.split()
    rest, both = list(other), 0
    for word in one:
        if word in rest:
            rest.remove(word)
            both += 1
    return 0.0 if both == 0 else 2 * both / (len(one) + len(other))
