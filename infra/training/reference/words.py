"""The small encoder's reader: words and marks, with what they look like and whether the other segment has them too."""
import array
import collections
import re
import zlib

PAD, CLS, SEP = 0, 1, 2
SPECIAL = 3
# Words that are not in the vocabulary share these.
BUCKETS = 1024
PIECE = re.compile(r"\w+|[^\w\s]")
# A window's successor begins this share of a window later.
STRIDE_SHARE = 0.5


class Window:
    """What an encoder reads at once. `spans[i]`: begin and end of token i in the context, None elsewhere."""

    def __init__(self, inputs, spans):
        self.inputs = {name: array.array("i", values) for name, values in inputs.items()}
        self.spans = spans

    @property
    def length(self):
        return len(next(iter(self.inputs.values())))


class WordReader:
    padding = {"ids": PAD, "mask": 0, "segment": 0, "shape": 0, "common": 0}

    def __init__(self, vocabulary, tokens_max):
        self.vocabulary, self.tokens_max = vocabulary, tokens_max
        self._numbers = {word: SPECIAL + BUCKETS + number for number, word in enumerate(vocabulary)}

    @classmethod
    def learn(cls, rows, words_max, tokens_max):
        """Keeps words that occur twice or more; equal counts in alphabetical order."""
        counts = collections.Counter()
        for row in rows:
            for text in (row["first"], row["second"] or ""):
                counts.update(piece.group().lower() for piece in PIECE.finditer(text))
        known = [word for word, count in counts.items() if count >= 2]
        known.sort(key=lambda word: (-counts[word], word))
        return cls(known[:words_max], tokens_max)

    @property
    def ids(self):
        return SPECIAL + BUCKETS + len(self.vocabulary)

    def windows(self, row, sliding):
        """One window, cut at the end; or as many as a long second segment needs."""
        first = [(piece.group(), piece.span()) for piece in PIECE.finditer(row["first"])]
        second = [(piece.group(), piece.span()) for piece in PIECE.finditer(row["second"] or "")]
        has_second = row["second"] is not None
        room = self.tokens_max - 1 - (2 if has_second else 1)
        if not has_second:
            return [self._window(first[:room], None)]
        # The second segment keeps at least half of the room.
        first = first[: max(room - len(second), room // 2)]
        room -= len(first)
        if not sliding or len(second) <= room:
            return [self._window(first, second[:room])]
        stride = max(1, int(room * STRIDE_SHARE))
        starts = range(0, len(second) - room + stride, stride)
        return [self._window(first, second[start : start + room]) for start in starts]

    def _window(self, first, second):
        words_first, words_second = ({word.lower() for word, _ in words} for words in (first, second or []))
        ids, segment, shape, common, spans = [CLS], [0], [0], [0], [None]
        for words, others, number in ((first, words_second, 0), (second, words_first, 1)):
            if words is None:
                break
            for word, span in words:
                low = word.lower()
                ids.append(self._number(low))
                segment.append(number)
                shape.append(_shape_of(word))
                common.append(1 if low in others else 0)
                spans.append(span if number == 1 else None)
            ids.append(SEP)
            segment.append(number)
            shape.append(0)
            common.append(0)
            spans.append(None)
        inputs = {"ids": ids, "mask": [1] * len(ids), "segment": segment, "shape": shape, "common": common}
        return Window(inputs, spans)

    def _number(self, low):
        known = self._numbers.get(low)
        return SPECIAL + zlib.crc32(low.encode("utf-8")) % BUCKETS if known is None else known


SHAPES = 7


def _shape_of(word):
    if word.isdigit():
        return 1
    if not (word[0].isalnum() or word[0] == "_"):
        return 2
    if any(character.isdigit() for character in word):
        return 3
    if word.islower():
        return 4
    return 5 if word[0].isupper() and (len(word) == 1 or word[1:].islower()) else 6
