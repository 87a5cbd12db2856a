"""The training loop. What it does depends on the job alone: a run that was cut and resumed ends as one that was not."""
import math
import time

import torch
from torch.nn import functional

from .checkpoints import Checkpoints, write_whole
from .contract import BadData, BadJob, Stopped
from .measures import measure
from .options import read_options
from .rows import read_rows
from .student import new_student

# Odd numbers that keep the orders of epochs and seeds apart.
SEED_FACTOR, EPOCH_FACTOR = 1_000_003, 7_919


class Training:
    def __init__(self, job, events, stop, device):
        self.job, self.events, self.stop, self.device = job, events, stop, device
        subject, base = job["subject"], job.get("base")
        self.options = read_options(job.get("options", {}), base is not None, subject["kind"])
        self.rows = read_rows(job["examples"], subject, True)
        self.validation = read_rows(job["validation"], subject, True) if "validation" in job else []
        if not self.rows:
            raise BadData("examples: expected at least one row, got none")
        torch.manual_seed(job["seed"])
        self.student = new_student(subject, self.options, base, self.rows)
        self.student.network.to(device)
        self.windows = [(row, window) for row in self.rows for window in self.student.windows(row)]
        self.mean_weight = sum(row["weight"] for row, _ in self.windows) / len(self.windows)
        self.optimizer = self._new_optimizer()
        self.batches = math.ceil(len(self.windows) / self.options["batch"])
        self.steps = self.batches * self.options["epochs"]
        self.step, self.loss_sum, self.best, self.best_weights = 0, 0.0, None, None
        self.checkpoints = Checkpoints(job["checkpoints"], job["runId"])
        self.saved_at, self.saved_step = time.monotonic(), -1

    def run(self):
        """@returns the members of the event `result`"""
        resumed = self._resume() if "resumeFrom" in self.job else {}
        parameters = sum(tensor.numel() for tensor in self.student.network.parameters())
        self.events.emit("start", rows=len(self.rows), steps=self.steps, parameters=parameters, **resumed)
        while self.step < self.steps:
            self._epoch(self.step // self.batches)
        weights = self.best_weights or self._weights()
        write_whole(self.job["model"], lambda path: self.student.write(path, weights))
        return {"rows": len(self.rows), "epochs": self.options["epochs"], "metrics": self.best}

    def _epoch(self, epoch):
        generator = torch.Generator().manual_seed(self.job["seed"] * SEED_FACTOR + (epoch + 1) * EPOCH_FACTOR)
        order = torch.randperm(len(self.windows), generator=generator).tolist()
        size = self.options["batch"]
        self.student.network.train()
        for batch in range(self.step % self.batches, self.batches):
            self._step([self.windows[place] for place in order[batch * size : (batch + 1) * size]])
            last = batch + 1 == self.batches
            if last:
                self._conclude(epoch)
            loss = self.loss_sum / (batch + 1) if not last else self.best["loss"]
            self.events.progress(self.step, self.steps, epoch=self.step / self.batches, loss=loss)
            self._save_if_due(last)

    def _step(self, batch):
        for group in self.optimizer.param_groups:
            group["lr"] = self.options["rate"] * self._rate_share()
        inputs = self.student.collate([window for _, window in batch], self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.options["precision"] == "bf16"):
            scores = self.student.network(inputs)
        loss = self._loss(scores.float(), batch)
        self.optimizer.zero_grad()
        loss.backward()
        if self.options["clip"] > 0:
            torch.nn.utils.clip_grad_norm_(self.student.network.parameters(), self.options["clip"])
        self.optimizer.step()
        value = loss.item()
        if not math.isfinite(value):
            raise BadJob(f"the loss is no number any more at step {self.step}; a lower options.rate may help")
        self.loss_sum += value
        self.step += 1

    def _loss(self, scores, batch):
        weights = torch.tensor([row["weight"] / self.mean_weight for row, _ in batch], device=self.device)
        if self.student.is_reader:
            places = torch.tensor([_answer_tokens(row["gold"], window.spans) for row, window in batch], device=self.device)
            losses = sum(functional.cross_entropy(scores[..., n], places[:, n], reduction="none") for n in (0, 1)) / 2
        else:
            gold = torch.tensor([row["gold"] for row, _ in batch], device=self.device)
            losses = functional.cross_entropy(scores, gold, reduction="none")
        return (losses * weights).mean()

    def _rate_share(self):
        """Up linearly, then down linearly to nothing."""
        given = self.options["warmupSteps"]
        warm = min(self.steps, math.ceil(self.steps * self.options["warmupRatio"]) if given is None else given)
        if self.step < warm:
            return (self.step + 1) / warm
        return (self.steps - self.step) / max(1, self.steps - warm)

    def _conclude(self, epoch):
        """The epoch's measures; the best epoch's weights are kept, of equals the first."""
        now = {"loss": self.loss_sum / self.batches, "best-epoch": epoch + 1}
        self.loss_sum = 0.0
        if not self.validation:
            self.best = now
            return
        now.update(measure(self.student, self.validation, self.device))
        self.student.network.train()
        self.events.emit("eval", epoch=epoch + 1, step=self.step, metrics=now)
        metric = self.options["metric"]
        if self.best is None or now[metric] > self.best[metric]:
            self.best = now
            self.best_weights = {name: tensor.clone() for name, tensor in self._weights().items()}

    def _weights(self):
        return {name: tensor.detach().cpu() for name, tensor in self.student.network.state_dict().items()}

    def _save_if_due(self, epoch_ended):
        due = time.monotonic() - self.saved_at >= self.job.get("checkpointSeconds", 60)
        finished = self.step == self.steps
        if not (due or finished or self.stop.wanted):
            return
        tensors = {f"network.{name}": tensor for name, tensor in self._weights().items()}
        tensors.update({f"best.{name}": tensor for name, tensor in (self.best_weights or {}).items()})
        for number, state in self.optimizer.state_dict()["state"].items():
            tensors.update({f"optimizer.{number}.{name}": torch.as_tensor(value) for name, value in state.items()})
        tensors["random.cpu"] = torch.get_rng_state()
        if self.device.type == "cuda":
            tensors["random.cuda"] = torch.cuda.get_rng_state(self.device)
        scalars = {"step": self.step, "loss_sum": self.loss_sum, "best": self.best}
        folder = self.checkpoints.write(self.step, tensors, scalars)
        self.saved_at = time.monotonic()
        self.events.emit("checkpoint", step=self.step, folder=folder)
        if self.stop.wanted and not finished:
            raise Stopped(f"at step {self.step} of {self.steps}")

    def _resume(self):
        tensors, scalars = self.checkpoints.read(self.job["resumeFrom"])
        self.step, self.loss_sum, self.best = scalars["step"], scalars["loss_sum"], scalars["best"]
        groups = {"network": {}, "best": {}, "optimizer": {}, "random": {}}
        for name, tensor in tensors.items():
            group, rest = name.split(".", 1)
            groups[group][rest] = tensor
        self.student.network.load_state_dict(groups["network"])
        self.best_weights = groups["best"] or None
        states = {}
        for name, tensor in groups["optimizer"].items():
            number, key = name.split(".")
            states.setdefault(int(number), {})[key] = tensor
        self.optimizer.load_state_dict(
            {"state": states, "param_groups": self.optimizer.state_dict()["param_groups"]}
        )
        torch.set_rng_state(groups["random"]["cpu"])
        if self.device.type == "cuda" and "cuda" in groups["random"]:
            torch.cuda.set_rng_state(groups["random"]["cuda"], self.device)
        return {"resumedFrom": self.step}

    def _new_optimizer(self):
        decayed, others = [], []
        for name, tensor in self.student.network.named_parameters():
            (others if tensor.dim() < 2 else decayed).append(tensor)
        groups = [{"params": decayed, "weight_decay": self.options["decay"]}, {"params": others, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=self.options["rate"])


def _answer_tokens(gold, spans):
    """First and last token of the answer; the first token of all where the window does not hold it."""
    inside = [place for place, span in enumerate(spans) if span and span[0] < gold[1] and span[1] > gold[0]]
    whole = inside and spans[inside[0]][0] <= gold[0] and spans[inside[-1]][1] >= gold[1]
    return (inside[0], inside[-1]) if whole else (0, 0)
