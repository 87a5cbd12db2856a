"""Checkpoints: written beside, synced, renamed; with a manifest that names the run and every file's hash."""
import hashlib
import json
import os
import shutil

from .contract import BadJob
from .tensors import read_tensors, write_tensors

STATE = "state.safetensors"
MANIFEST = "manifest.json"
# The one before the newest stays, should the newest be found broken.
KEPT = 2


class Checkpoints:
    def __init__(self, folder, run_id):
        self._folder, self._run_id = folder, run_id
        os.makedirs(folder, exist_ok=True)

    def write(self, step, tensors, scalars):
        """@returns the checkpoint's folder"""
        final = os.path.join(self._folder, f"step-{step:09d}")
        part = os.path.join(self._folder, f".part-{os.getpid()}-{step}")
        if os.path.isdir(final):
            return final
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part)
        state = os.path.join(part, STATE)
        write_tensors(state, tensors, {"scalars": json.dumps(scalars)})
        files = {STATE: {"sha256": _hash_of(state), "bytes": os.path.getsize(state)}}
        _write_synced(os.path.join(part, MANIFEST), json.dumps({"runId": self._run_id, "step": step, "files": files}))
        _sync_folder(part)
        os.rename(part, final)
        _sync_folder(self._folder)
        self._forget_old()
        return final

    def read(self, folder):
        """@returns tensors by name, and scalars"""
        try:
            with open(os.path.join(folder, MANIFEST), encoding="utf-8") as file:
                manifest = json.load(file)
            run_id, files = manifest["runId"], manifest["files"]
            whole = all(_hash_of(os.path.join(folder, name)) == entry["sha256"] for name, entry in files.items())
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadJob(f"resumeFrom: {folder} is no checkpoint: {error}") from error
        if run_id != self._run_id:
            raise BadJob(f"resumeFrom: the checkpoint is of run {run_id}, this is run {self._run_id}")
        if not whole or STATE not in files:
            raise BadJob(f"resumeFrom: the checkpoint {folder} is damaged")
        tensors, metadata = read_tensors(os.path.join(folder, STATE))
        return tensors, json.loads(metadata["scalars"])

    def _forget_old(self):
        names = sorted(name for name in os.listdir(self._folder) if name.startswith("step-"))
        parts = [name for name in os.listdir(self._folder) if name.startswith(".part-")]
        for name in names[:-KEPT] + parts:
            shutil.rmtree(os.path.join(self._folder, name), ignore_errors=True)


def write_whole(path, write):
    """A file that has its name only once it is whole."""
    part = f"{path}.part"
    write(part)
    os.replace(part, path)
    _sync_folder(os.path.dirname(path) or ".")


def _hash_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1024 * 1024), b""):
            digest.update(block)
    return digest.hexdigest()


def _write_synced(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
