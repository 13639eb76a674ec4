"""Seal and open: encryption to age keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pyrage

from aims_gh.errors import SealError


@dataclass(frozen=True, slots=True)
class Key:
    """A pair of age keys.

    Attributes
    ----------
    public : str
        What things are sealed to; begins with ``age1``.
    secret : str
        What opens them; never shown, not even by ``repr``.
    """

    public: str
    secret: str = field(repr=False)

    @classmethod
    def new(cls) -> Key:
        """Make a fresh pair."""
        identity = pyrage.x25519.Identity.generate()
        return cls(str(identity.to_public()), str(identity))

    @classmethod
    def from_secret(cls, secret: str) -> Key:
        """Read a secret key; anything else than one is a SealError that does not repeat it."""
        lines = [line.strip() for line in secret.splitlines()]
        keys = [line for line in lines if line and not line.startswith("#")]
        try:
            (only,) = keys
            return cls(str(pyrage.x25519.Identity.from_str(only).to_public()), only)
        except (ValueError, pyrage.IdentityError):
            raise SealError(
                "what was given as a secret key is not one age key",
                hint="it is one line that begins with AGE-SECRET-KEY-1",
            ) from None


FindKey = Callable[[str], Key | None]
"""Give the key whose public half this is, if it is at hand."""


def seal(data: bytes, to: Iterable[str], *, armored: bool = False) -> bytes:
    """Encrypt to every one of the public keys.

    Parameters
    ----------
    data : bytes
        What to seal. Its length stays visible.
    to : iterable of str
        Public keys; each of them alone opens the result.
    armored : bool
        Whether to give text instead of bytes.

    Raises
    ------
    SealError
        If a key is not an age public key, or there is none.
    """
    try:
        recipients = [pyrage.x25519.Recipient.from_str(key) for key in dict.fromkeys(to)]
    except (pyrage.RecipientError, UnicodeError) as error:
        raise SealError(
            f"a public key of the course is not an age key: {error}",
            hint="course.yml lists them under keys; aims keys shows the ones you hold",
        ) from None
    if not recipients:
        raise SealError(
            "there is no public key to seal to",
            hint="course.yml lists them under keys; nobody could open the file",
        )
    sealed: bytes = pyrage.encrypt(data, recipients, armored=armored)
    return sealed


def padded(data: bytes, block: int = 1024) -> bytes:
    """Fill JSON up with spaces to a full block: what is sealed keeps its length, which tells."""
    return data + b" " * (-len(data) % block)


def open_sealed(sealed: bytes, keys: Iterable[Key], *, name: str) -> bytes:
    """Decrypt with whichever key fits.

    Parameters
    ----------
    sealed : bytes
        As `seal` gave it, armoured or not.
    keys : iterable of Key
    name : str
        What is being opened, for the message.

    Raises
    ------
    SealError
        If no key fits, or the file was changed since it was sealed.
    """
    identities = [pyrage.x25519.Identity.from_str(key.secret) for key in keys]
    try:
        opened: bytes = pyrage.decrypt(sealed, identities)
    except pyrage.DecryptError:
        raise SealError(
            f"none of the {len(identities)} keys at hand opens {name}",
            hint="aims keys shows which keys you hold; the owner who made the course has them",
        ) from None
    return opened
