"""Find the words for how a child ended: whose fault it is, and what to do about it."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import NoReturn

from aims_gh.core.inert import plain
from aims_gh.errors import RunnerError, SubmissionError
from aims_gh.runner.answer import Nonsense, refusal_from
from aims_gh.runner.frames import Progress, Stage
from aims_gh.runner.listening import Transcript

_DOCTOR = "run aims -v again: the log says what the sandbox said"
_OWN_MACHINE = "run it in onnxruntime on your own machine, on all rows"

_DOING = {
    Stage.STARTING: "starting",
    Stage.READING_PREDICTIONS: "being read",
    Stage.READING_MODEL: "being read",
    Stage.LOADING_MODEL: "being loaded into onnxruntime",
    Stage.READING_FEATURES: "the features were being read",
    Stage.RUNNING: "running",
    Stage.ANSWERING: "its answer was being collected",
}


@dataclass(frozen=True, slots=True)
class Case:
    """What was tried, under which limits.

    Attributes
    ----------
    subject : str
        What the reader knows it as: "the model", or the name of a file.
    public : bool
        Whether the features are. Where they are not, nothing that was said after they were
        read is repeated: it could be them.
    """

    subject: str
    seconds: float
    memory_bytes: int
    strict: bool
    public: bool = True
    importing: bool = False
    """Whether it is code, which may read where packages lie."""


def check(heard: Transcript, case: Case) -> None:
    """Raise what explains the end of a child that did not do what it was asked to.

    Raises
    ------
    RunnerError
        If the sandbox itself failed, before anything of the participant's was read.
    SubmissionError
        Naming what happened, and while doing what.
    """
    check_start(heard, case)
    during = _during(heard.progress, secret=_secret(heard, case))
    if out_of_time(heard):
        _refuse(
            f"{case.subject} was stopped after {case.seconds:g} s {during}",
            "the playground allows no more time: make it smaller or faster",
        )
    if heard.out_of_memory or (not heard.done and b"bad_alloc" in heard.stderr):
        _refuse(
            f"{case.subject} needed more than the {case.memory_bytes / 1e6:,.0f} MB of memory "
            f"allowed {during}",
            "make it smaller: fewer parameters, or smaller intermediate results",
        )
    if heard.nonsense:
        raise Nonsense(heard.nonsense)
    check_refusal(heard, case)
    if not heard.done:
        _refuse(f"{case.subject} {_death(heard.returncode)} {during}", _OWN_MACHINE)


def check_refusal(heard: Transcript, case: Case) -> None:
    """Raise what a child refused, if it did."""
    if heard.refusal is not None:
        secret = _secret(heard, case)
        _repeat(heard.refusal, case, _during(heard.progress, secret=secret), secret=secret)


def out_of_time(heard: Transcript) -> bool:
    """Tell whether it used up its time: of the clock, or of the processor."""
    return heard.out_of_time or heard.returncode == -_signal("SIGXCPU")


def check_start(heard: Transcript, case: Case) -> None:
    """Raise RunnerError if the sandbox itself failed, or cannot hold what is to be run."""
    if heard.isolation is None:
        # Nothing hostile has been read yet, so this is our own library speaking.
        last = plain(heard.stderr.decode(errors="replace").strip().rpartition("\n")[2])
        why = last[:200] or ("no answer in time" if heard.out_of_time else "no answer")
        raise RunnerError(f"the sandbox did not start: {why}", hint=_DOCTOR)
    if case.strict and not heard.isolation.holds(importing=case.importing):
        missing = plain("; ".join(heard.isolation.missing))[:300]
        if case.importing:
            raise RunnerError(
                f"this machine cannot lock metrics.py in ({missing})",
                hint="on Linux: apt-get install libseccomp2, and a kernel with Landlock (5.13); "
                "elsewhere: AIMS_SANDBOX=best-effort, if you have read the file",
            )
        raise RunnerError(
            f"this machine cannot lock a model in ({missing})",
            hint="on Linux: apt-get install libseccomp2; elsewhere: let the course's Action run "
            "models, or run only models you trust, with strict=False",
        )


def _secret(heard: Transcript, case: Case) -> bool:
    return not case.public and heard.files_sent > 1


def _during(progress: Progress, *, secret: bool) -> str:
    doing = f"while {_DOING[progress.stage]}"
    if progress.stage == Stage.RUNNING and not secret:
        return f"{doing} rows {progress.first:,} to {progress.last:,}"
    return doing


def _repeat(refusal: bytes, case: Case, during: str, *, secret: bool) -> NoReturn:
    message, hint = refusal_from(refusal)
    if secret:
        _refuse(
            f"{case.subject} failed {during}",
            "the features of this playground are hidden, so nothing more can be said: run it on "
            "the example rows on your own machine",
        )
    _refuse(message, hint)


def _death(returncode: int | None) -> str:
    if returncode == -_signal("SIGKILL"):
        return "was ended by the system, probably for lack of memory,"
    if returncode is not None and returncode < 0:
        return f"crashed ({_name(-returncode)})"
    return "ended without an answer"


def _name(number: int) -> str:
    known = {each.value: each.name for each in signal.Signals}
    return known.get(number, f"signal {number}")


def _signal(name: str) -> int:
    return int(getattr(signal, name, 0)) or 1 << 20


def _refuse(message: str, hint: str) -> NoReturn:
    raise SubmissionError(message, hint=hint)
