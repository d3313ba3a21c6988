"""Folders of earlier bridges, as those made and left them."""

import base64
import hashlib
import json
import sqlite3
import time
from pathlib import Path

SESSION = "0199a6c2-1234-7abc-8def-000000000009"
POOLED = [f"0199a6c2-1234-7abc-8def-00000000000{number}" for number in range(3)]
MESSAGE = "0199a6c2-5678-7abc-8def-0123456789ab"
TOKEN = "sk-lmarena-" + "abcDEF0123_-" * 3 + "abcdefg"
OLD_PASSWORD = "short"

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT UNIQUE NOT NULL, email TEXT UNIQUE NOT NULL,
  password_hash TEXT NOT NULL, is_admin BOOLEAN DEFAULT 0, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  last_login TIMESTAMP);
CREATE TABLE api_tokens (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL, token_key TEXT UNIQUE NOT NULL,
  token_name TEXT NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, last_used_at TIMESTAMP,
  is_active BOOLEAN DEFAULT 1, expires_at TIMESTAMP, FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE);
CREATE TABLE usage_logs (id INTEGER PRIMARY KEY AUTOINCREMENT, token_id INTEGER NOT NULL, model_name TEXT,
  endpoint TEXT, request_time TIMESTAMP DEFAULT CURRENT_TIMESTAMP, response_time_ms INTEGER, status_code INTEGER,
  tokens_used INTEGER DEFAULT 0, error_message TEXT);
CREATE TABLE sessions (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL,
  session_token TEXT UNIQUE NOT NULL,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, expires_at TIMESTAMP, is_active BOOLEAN DEFAULT 1);
"""


def userscript_folder(folder: Path) -> Path:
    """Of the bridges with a userscript, with odd and broken things."""
    folder.mkdir()
    config = f"""{{
      // {{ "port": 1
      "version": "2.7.6", "session_id": "{SESSION}", "message_id": "{MESSAGE}", /* captured */
      "id_updater_last_mode": "battle", "id_updater_battle_target": "B",
      "bypass_enabled": true, "use_dashboard_tokens": true, "api_key": "",
      "file_bed_upload_url": "http:\\/\\/x\\/upload",
      "colour": "blue",
    }}"""
    (folder / "config.jsonc").write_text(config, encoding="utf-8-sig")
    (folder / "models.json").write_text(json.dumps({"gpt": "id-1", "painter": "null:image", "list": [1]}))
    pool = [{"session_id": each, "message_id": MESSAGE} for each in POOLED]
    (folder / "model_endpoint_map.json").write_text(json.dumps({"gpt": [*pool, {"message_id": MESSAGE}]}))
    (folder / "worker_config.jsonc").write_text('{"worker_id": "worker-001", "session_id": "YOUR_SESSION_ID",}')
    (folder / "available_models.json").write_text(json.dumps([{"id": "m", "publicName": "gpt"}, {"publicName": "?"}]))
    dashboard(folder / "dashboard.db")
    return folder


def dashboard(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.executescript(SCHEMA)
        salt = "0123456789abcdef" * 2
        hashed = f"{salt}${hashlib.sha256((OLD_PASSWORD + salt).encode()).hexdigest()}"
        users = [("ana", "ana@example.org", hashed, 1), ("<b>", "b@example.org", "?", 0)]
        database.executemany("INSERT INTO users (username, email, password_hash, is_admin) VALUES (?, ?, ?, ?)", users)
        tokens = [
            (1, TOKEN, "laptop", 1, None),
            (2, "sk-lmarena-revoked", "old", 0, None),
            (1, "sk-lmarena-expired", "x", 1, "2020-01-01 00:00:00.123456"),
        ]
        database.executemany(
            "INSERT INTO api_tokens (user_id, token_key, token_name, is_active, expires_at) VALUES (?, ?, ?, ?, ?)",
            tokens,
        )
        add_uses(database, [200, 200, 500])
    database.close()


def add_uses(database: sqlite3.Connection, statuses: list[int]) -> None:
    rows = [(1 + number % 2, status) for number, status in enumerate(statuses)]
    database.executemany(
        "INSERT INTO usage_logs (token_id, model_name, endpoint, response_time_ms, status_code)"
        " VALUES (?, 'gpt', '/v1/chat/completions', 1500, ?)",
        rows,
    )


def session_token(user: str = "u-1", ends_in: float = 3600) -> str:
    """The value of the site's cookie."""
    body = {
        "access_token": "a.b.c",
        "refresh_token": "r",
        "expires_at": int(time.time() + ends_in),
        "user": {"id": user, "email": f"{user}@example.org"},
    }
    return "base64-" + base64.b64encode(json.dumps(body).encode()).decode().rstrip("=")


def token_folder(folder: Path, **changes: object) -> Path:
    """Of the bridges with session tokens, likewise."""
    folder.mkdir()
    config = {
        "password": "admin",
        "auth_token": "",
        "auth_tokens": [session_token(), "base64-broken"],
        "api_keys": [
            {"name": "Default Key", "key": "sk-lmab-0f0f0f0f-1111", "rpm": 60, "created": 1_700_000_000},
            {"name": "no key"},
        ],
        "usage_stats": {"gpt": 12, "claude": 3, "odd": "many"},
        "cf_clearance": "secret-clearance",
        "recaptcha_sitekey": "x",
        "camoufox_proxy_window_mode": "hide",
        "stream_total_timeout_seconds": 600,
        "zzz": 1,
    }
    (folder / "config.json").write_text(json.dumps(config | changes))
    (folder / "models.json").write_text(json.dumps([{"id": "m", "publicName": "gpt", "organization": "o"}]))
    return folder


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in sorted(folder.iterdir()) if each.is_file()
    }
