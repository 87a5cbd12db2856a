"""A student's answers for rows, in their order."""
import torch

BATCH = 64
# Begins and ends looked at in each window.
CANDIDATES = 20


def predict(student, rows, device, on_rows=lambda count: None):
    """Per row a tensor of label probabilities, or `(begin, end, probability)` in code points."""
    student.network.eval()
    answers = []
    with torch.no_grad():
        for begin in range(0, len(rows), BATCH):
            batch = rows[begin : begin + BATCH]
            answers += _read_spans(student, batch, device) if student.is_reader else _classify(student, batch, device)
            on_rows(len(answers))
    return answers


def _scores(student, windows, device):
    return student.network(student.collate(windows, device)).float()


def _classify(student, rows, device):
    windows = [student.windows(row)[0] for row in rows]
    return list(_scores(student, windows, device).double().softmax(-1).cpu())


def _read_spans(student, rows, device):
    windows = [(number, window) for number, row in enumerate(rows) for window in student.windows(row)]
    found, totals = [None] * len(rows), [[] for _ in rows]
    for at in range(0, len(windows), BATCH):
        part = windows[at : at + BATCH]
        scores = _scores(student, [window for _, window in part], device).cpu().double()
        for (number, window), score in zip(part, scores):
            places = [place for place, span in enumerate(window.spans) if span is not None and span[1] > span[0]]
            if not places:
                continue
            begins, ends = score[places, 0], score[places, 1]
            totals[number].append(begins.logsumexp(0) + ends.logsumexp(0))
            best = _best_span(begins, ends, student.options["answerTokensMax"])
            if found[number] is None or best[0] > found[number][0]:
                found[number] = (best[0], window.spans[places[best[1]]][0], window.spans[places[best[2]]][1])
    return [
        (0, 0, 0.0) if best is None else (best[1], best[2], _share(best[0], totals[number]))
        for number, best in enumerate(found)
    ]


def _share(score, totals):
    """Among all pairs of a begin and an end, of all windows."""
    return min(1.0, float((torch.tensor(score, dtype=torch.double) - torch.stack(totals).logsumexp(0)).exp()))


def _best_span(begins, ends, tokens_max):
    count = min(CANDIDATES, len(begins))
    best = None
    for begin in begins.topk(count).indices.tolist():
        last = min(len(ends), begin + tokens_max)
        end = begin + int(ends[begin:last].argmax())
        score = float(begins[begin] + ends[end])
        if best is None or score > best[0]:
            best = (score, begin, end)
    return best
