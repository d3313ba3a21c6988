"""
A program of its own: the text of the PDF file that comes in, as JSON; run by `media.pdf_text`.

Imports nothing of ours, so that it starts quickly and needs no package around it. It bounds itself, for a file may be
made to cost time and memory, and the process that started it may be gone.
"""

import contextlib
import io
import json
import sys
from importlib import import_module

SEPARATOR = "\n\n"
"""Between pages."""


def bound_itself(memory_bytes: int, seconds: int) -> None:
    """Where the system has such bounds (not Windows): beyond the first memory ends, beyond the second the process."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        resource = import_module("resource")
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def read(content: bytes, max_pages: int, max_characters: int) -> dict[str, str | int]:
    """`text`; or `pages`, how many there are, if they are too many; or `long`, `memory` or `broken`."""
    try:
        pages = import_module("pypdf").PdfReader(io.BytesIO(content)).pages
        if len(pages) > max_pages:
            return {"pages": len(pages)}
        gathered, size = [], 0
        for page in pages:
            gathered.append(page.extract_text())
            size += len(gathered[-1])
            if size > max_characters:
                return {"long": 1}
    except MemoryError:
        return {"memory": 1}
    except Exception as error:  # noqa: BLE001 - whatever a broken file makes of the library: a dozen kinds of errors
        return {"broken": type(error).__name__}
    return {"text": SEPARATOR.join(gathered).encode("utf-8", "replace").decode()}  # halves of pairs are no characters


def main(memory_bytes: str, seconds: str, max_pages: str, max_characters: str) -> None:
    bound_itself(int(memory_bytes), int(seconds))
    said = read(sys.stdin.buffer.read(), int(max_pages), int(max_characters))
    sys.stdout.buffer.write(json.dumps(said).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
