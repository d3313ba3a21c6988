"""
Read a long secret that a person pastes.

A terminal gives a program whole lines, of at most 4095 characters (Linux; 1024 on macOS), drops the rest of a longer
one without a word, and shows what it was given. So it is told to do neither while we read.
"""

import contextlib
import os
import sys
from collections.abc import Iterator

END_OF_INPUT = b"\x04"
"""The character of Ctrl-D, where the terminal does not turn it into an end of file."""

MOST_BYTES = 64 * 1024
"""Sessions of the site have 3 to 6 kB."""


def pasted(what: str) -> str:
    """From the terminal, with words that ask for it; or all of the standard input, if that is a file or a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.read()
    text = _typed(f"Paste {what}, then press Enter and Ctrl-D. It is not shown.\n")
    print(f"({len(text.strip())} characters)", file=sys.stderr, flush=True)
    return text


def read_unseen(terminal: int, request: str = "") -> str:
    """What is typed at this terminal until Ctrl-D, however long its lines are, after these words were shown."""
    read = b""
    with _unseen(terminal):
        sys.stderr.write(request)
        sys.stderr.flush()
        while END_OF_INPUT not in read and len(read) < MOST_BYTES:
            piece = os.read(terminal, 4096)
            if not piece:
                break
            read += piece
    return read.partition(END_OF_INPUT)[0].decode("utf-8", "replace")


@contextlib.contextmanager
def _unseen(terminal: int) -> Iterator[None]:
    """Characters as they come, and none shown; Ctrl-C still ends the command."""
    import termios

    before = termios.tcgetattr(terminal)
    now = termios.tcgetattr(terminal)
    now[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(terminal, termios.TCSANOW, now)  # what was pasted already is kept
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)


def _typed(request: str) -> str:
    if sys.platform == "win32":  # its console has no such limit when it is read by character
        import msvcrt

        sys.stderr.write(request)
        typed = ""
        while (character := msvcrt.getwch()) not in {"\x04", "\x1a"} and len(typed) < MOST_BYTES:
            if character == "\x03":
                raise KeyboardInterrupt
            typed += character
        return typed
    return read_unseen(sys.stdin.fileno(), request)
