"""Lines of the log for programs: one JSON object each, with the number of the request that it is about."""

import logging
from datetime import UTC, datetime

import orjson


class JsonLines(logging.Formatter):
    """`time` (UTC, ISO 8601), `level`, `logger`, `message`; `request` and `exception` where there are such."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if number := str(getattr(record, "request", "")).strip("[] "):
            line["request"] = number
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, option=orjson.OPT_NON_STR_KEYS).decode("utf-8", "replace")
