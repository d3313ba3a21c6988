"""
Names of files as others gave them, made harmless.

A name ends up in headers, addresses, prompts and on people's disks. None of ours depends on it: what is kept lies under
the digest of its content.
"""

import re
import unicodedata

MAX_CHARACTERS = 120
MAX_EXTENSION_CHARACTERS = 16
FALLBACK = "file"

_RESERVED_ON_WINDOWS = re.compile(r"(?i)(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?")
_UNSAFE = re.compile(r'[<>:"|?*;\x00-\x1f\x7f]')
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories: controls, marks that turn the direction of text, halves of pairs, and what is unassigned."""


def safe_name(name: str, fallback: str = FALLBACK) -> str:
    """The last part of a path, without what could mislead a person, a header or a file system; never empty."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(character for character in last if unicodedata.category(character) not in _INVISIBLE)
    plain = _UNSAFE.sub("_", shown).strip(" .")
    if not plain:
        return fallback
    return _shortened(f"_{plain}" if _RESERVED_ON_WINDOWS.fullmatch(plain) else plain)


def extension(name: str) -> str:
    """With its dot, in small letters; empty if there is none that looks like one."""
    stem, _, end = name.rpartition("/")[2].lower().rpartition(".")
    return f".{end}" if stem and re.fullmatch(rf"[a-z0-9]{{1,{MAX_EXTENSION_CHARACTERS}}}", end) else ""


def _shortened(name: str) -> str:
    if len(name) <= MAX_CHARACTERS:
        return name
    end = extension(name)
    return name[: MAX_CHARACTERS - len(end)].rstrip(" .") + end
