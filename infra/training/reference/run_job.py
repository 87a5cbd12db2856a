"""One job from its file to its exit code."""
import json
import os
import sys
import traceback

from . import contract
from .contract import BadData, BadJob, Events, Stopped, StopWish


def main(arguments):
    events, stop = Events(), StopWish()
    try:
        torch = _torch()
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
        events.emit(
            "hello",
            contract=contract.CONTRACT,
            name="reference",
            version=f"{contract.VERSION} (torch {torch.__version__})",
            tasks=contract.TASKS,
            device=name,
        )
        job = contract.read_job(arguments)
        if job["task"] == "train":
            from .training import Training

            result = Training(job, events, stop, device).run()
        else:
            result = _predict(job, events, stop, device)
        events.emit("result", **result)
        return contract.OK
    except BadJob as error:
        return _fail(events, contract.BAD_JOB, error)
    except BadData as error:
        return _fail(events, contract.BAD_DATA, error)
    except Stopped as error:
        print(f"stopped {error}", file=sys.stderr)
        return contract.STOPPED
    except MemoryError as error:
        return _fail(events, contract.TEMPORARY, error)
    except Exception as error:  # the contract has a code for what nobody expected
        traceback.print_exc()
        return _fail(events, contract.TEMPORARY if _is_temporary(error) else contract.INTERNAL, error)


def _torch():
    try:
        import torch
    except ImportError as error:
        remedy = "Install PyTorch for this Python, for instance Debian's python3-torch."
        raise BadJob(f"{sys.executable}: {error}. {remedy}") from error
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    return torch


def _predict(job, events, stop, device):
    from .checkpoints import write_whole
    from .predicting import predict
    from .rows import read_rows
    from .student import read_student

    student = read_student(job["model"], job["subject"])
    student.network.to(device)
    rows = read_rows(job["items"], job["subject"], False)
    events.emit("start", rows=len(rows), steps=len(rows))

    def tell(count):
        if stop.wanted:
            raise Stopped(f"at row {count} of {len(rows)}")
        events.progress(count, len(rows))

    answers = predict(student, rows, device, tell)

    def write(path):
        with open(path, "w", encoding="utf-8") as file:
            for row, answer in zip(rows, answers):
                file.write(json.dumps(_prediction(student, row, answer), ensure_ascii=False, allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    write_whole(job["output"], write)
    return {"rows": len(rows)}


def _prediction(student, row, answer):
    if not student.is_reader:
        return {"id": row["id"], "probabilities": answer.tolist()}
    begin, end, probability = answer
    return {
        "id": row["id"],
        "answer": {"text": row["context"][begin:end], "start": begin},
        "probability": probability,
    }


def _is_temporary(error):
    """A device without free memory has some later; a disk or a network may come back."""
    return isinstance(error, OSError) or "out of memory" in str(error).lower()


def _fail(events, code, error):
    events.emit("error", message=str(error) or type(error).__name__)
    return code
