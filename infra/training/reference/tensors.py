"""Tensors in a file: the safetensors layout, so that no pickle is ever read. Metadata are strings by name."""
import json
import os
import struct

import torch

from .contract import BadJob

NAMES = {
    torch.float32: "F32",
    torch.float64: "F64",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
TYPES = {name: kind for kind, name in NAMES.items()}
HEADER_BYTES_MAX = 256 * 1024 * 1024


def write_tensors(path, tensors, metadata):
    header, parts, offset = {"__metadata__": metadata}, [], 0
    for name in sorted(tensors):
        tensor = tensors[name].detach().to("cpu").contiguous()
        data = _bytes_of(tensor)
        header[name] = {
            "dtype": NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(data)],
        }
        parts.append(data)
        offset += len(data)
    text = json.dumps(header, ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def read_tensors(path):
    """Tensors by name, and the metadata."""
    try:
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > HEADER_BYTES_MAX:
                raise ValueError("its header is too long")
            header = json.loads(file.read(length).decode("utf-8"))
            body = file.read()
        metadata = header.pop("__metadata__", {})
        return {name: _tensor_of(body, entry) for name, entry in header.items()}, metadata
    except (OSError, ValueError, KeyError, struct.error, AttributeError) as error:
        raise BadJob(f"{path}: expected a model or checkpoint of this trainer, got: {error}") from error


def _bytes_of(tensor):
    if tensor.numel() == 0:
        return b""
    return tensor.reshape(-1).view(torch.uint8).numpy().tobytes()


def _tensor_of(body, entry):
    begin, end = entry["data_offsets"]
    kind = TYPES[entry["dtype"]]
    if begin == end:
        return torch.zeros(entry["shape"], dtype=kind)
    return torch.frombuffer(bytearray(body[begin:end]), dtype=torch.uint8).view(kind).reshape(entry["shape"])
