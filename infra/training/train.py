#!/usr/bin/env python3
"""The reference trainer: classifiers of texts and pairs, and extractive question answering, in PyTorch.

    python3 train.py --job job.json

It speaks the contract of docs/students.md. Without a base it trains a small encoder of its own from nothing; with one it
loads that model with `transformers`, which is imported only then. Runs on CPU and CUDA, from torch 1.13 on.
"""
import os
import sys

# Before torch is imported: without it some CUDA sums differ from run to run.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from reference.run_job import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
