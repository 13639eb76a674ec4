"""Every error that aims_gh raises on purpose.

* AimsError
  + CourseError       the course's or a playground's own files are wrong     exit 3
  + SubmissionError   the participant's files are wrong                      exit 4
  + SealError         a sealed file cannot be opened                         exit 5
  + ForgeError        git or the place that keeps the repository refused     exit 6
  + RunnerError       this machine cannot run models safely                  exit 7
  + MissingExtra      an optional part of aims_gh is not installed           exit 8
  + SiteError         the website could not be built                         exit 9
  + HostError         an app could not be started, or does not answer        exit 10

Exit 1 is an AimsError of no special kind, exit 2 a wrong command line.
"""

from __future__ import annotations


class AimsError(Exception):
    """Base class: what went wrong, and what the reader can do about it.

    Parameters
    ----------
    message : str
        Lower case, no full stop; names the thing at fault.
        Never a key, a token, held-out data or a participant's file content.
    hint : str
        The next step.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.add_note(f"hint: {hint}")  # what Python prints below an error nobody caught


class CourseError(AimsError):
    """The course's or a playground's own files are wrong."""

    exit_code = 3


class SubmissionError(AimsError):
    """The participant's files are wrong."""

    exit_code = 4


class SealError(AimsError):
    """A sealed file cannot be opened, or a key is missing."""

    exit_code = 5


class ForgeError(AimsError):
    """Git, or the place that keeps the repository, refused."""

    exit_code = 6
    forbidden = False
    """Whether whoever asks may not do it: the fault of no proposal, and the same for all."""


class RunnerError(AimsError):
    """The machine cannot run models safely."""

    exit_code = 7


class MissingExtra(AimsError):
    """An optional part of aims_gh is not installed."""

    exit_code = 8

    def __init__(self, what: str, *, extra: str) -> None:
        super().__init__(
            f"{what} needs packages that are not installed",
            hint=f"pip install 'aims-gh[{extra}]'",
        )
        self.what, self.extra = what, extra


class SiteError(AimsError):
    """The website could not be built."""

    exit_code = 9


class HostError(AimsError):
    """An app could not be started, or does not answer as it should."""

    exit_code = 10
