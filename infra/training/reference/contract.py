"""The contract's side of this trainer: job in, events out, exit codes, and the wish to stop."""
import json
import os
import signal
import time

VERSION = "1"
CONTRACT = 1
TASKS = ["train", "predict"]
OK, BAD_JOB, BAD_DATA, INTERNAL, TEMPORARY, STOPPED = 0, 64, 65, 70, 75, 143
PROGRESS_SECONDS = 1.0


class BadJob(Exception):
    """The job cannot be done as it is asked; the same job fails again."""


class BadData(Exception):
    """A row cannot be used."""


class Stopped(Exception):
    """Somebody asked us to end, and what was done so far is saved."""


class Events:
    """Writes events to the real standard output; whatever else prints there goes to standard error."""

    def __init__(self):
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self._told_at = 0.0

    def emit(self, event, **members):
        line = json.dumps({"event": event, **members}, ensure_ascii=False, allow_nan=False)
        try:
            self._out.write(line + "\n")
            self._out.flush()
        except BrokenPipeError:
            # Nobody listens any more: SIGTERM follows, and a checkpoint is still worth its time.
            self._out = open(os.devnull, "w", encoding="utf-8")

    def progress(self, step, steps, **members):
        """At most one a second, and the last one."""
        now = time.monotonic()
        if step < steps and now - self._told_at < PROGRESS_SECONDS:
            return
        self._told_at = now
        self.emit("progress", step=step, steps=steps, **members)


class StopWish:
    """Set by SIGTERM; asked between two steps."""

    def __init__(self):
        self.wanted = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._want)

    def _want(self, _number, _frame):
        self.wanted = True


def read_job(arguments):
    if len(arguments) != 2 or arguments[0] != "--job":
        raise BadJob("expected --job <file>, got: " + " ".join(arguments))
    try:
        with open(arguments[1], encoding="utf-8") as file:
            job = json.load(file)
    except (OSError, ValueError) as error:
        raise BadJob(f"{arguments[1]}: expected a job in JSON, got: {error}") from error
    if not isinstance(job, dict):
        raise BadJob(f"{arguments[1]}: expected an object")
    if job.get("contract") != CONTRACT:
        raise BadJob(f"contract: expected {CONTRACT}, got {job.get('contract')!r}")
    if job.get("task") not in TASKS:
        raise BadJob(f"task: this trainer can {' and '.join(TASKS)}, got {job.get('task')!r}")
    subject = job.get("subject")
    if not isinstance(subject, dict) or subject.get("kind") not in ("text", "pair", "extractive-qa"):
        raise BadJob(f"subject: expected text, pair or extractive-qa, got {subject!r}")
    if subject["kind"] != "extractive-qa" and len(subject.get("labels") or []) < 2:
        raise BadJob("subject.labels: expected 2 or more")
    needed = ["model"] + (["runId", "seed", "examples", "checkpoints"] if job["task"] == "train" else ["items", "output"])
    for name in needed:
        if name not in job:
            raise BadJob(f"{name}: missing")
    return job


