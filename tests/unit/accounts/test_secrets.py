"""The one secret and what is derived from it."""

from pathlib import Path

import pytest

from arenabridge.accounts.secrets import ENVIRONMENT_NAME, FILE_NAME, MIN_LENGTH, SecretError, Secrets

LONG = "x" * MIN_LENGTH


def of(secrets: Secrets) -> tuple[str, str, bytes]:
    return secrets.pairing, secrets.install, secrets.api_key_pepper


def test_it_is_made_once_for_its_owner_alone_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    made = Secrets.load(folder, {})
    assert of(Secrets.load(folder, {})) == of(made)
    assert of(Secrets.load(tmp_path, {})) != of(made)
    assert (folder / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_the_environment_wins_and_makes_no_file(tmp_path: Path) -> None:
    assert of(Secrets.load(tmp_path, {ENVIRONMENT_NAME: LONG})) == of(Secrets(LONG.encode()))
    assert list(tmp_path.iterdir()) == []
    filed = Secrets.load(tmp_path, {ENVIRONMENT_NAME: ""})
    assert of(filed) != of(Secrets(LONG.encode()))


def test_what_is_derived_tells_nothing_of_its_source_or_its_kin() -> None:
    secrets = Secrets(LONG.encode())
    derived = {secrets.pairing, secrets.install, secrets.api_key_pepper.hex(), secrets.derive("pairing").hex()}
    assert len(derived) == 4
    assert all(LONG not in each for each in derived)
    assert of(Secrets(LONG.encode() + b"y"))[0] != secrets.pairing


def test_texts_fit_into_addresses_and_scripts() -> None:
    secrets = Secrets(LONG.encode())
    for text in (secrets.pairing, secrets.install):
        assert len(text) == 43
        assert text.replace("-", "").replace("_", "").isalnum()


def test_a_secret_that_can_be_guessed_is_refused_with_its_place_and_without_itself(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=ENVIRONMENT_NAME) as short:
        Secrets.load(tmp_path, {ENVIRONMENT_NAME: "hunter2"})
    assert "hunter2" not in str(short.value)
    (tmp_path / FILE_NAME).write_text("hunter2\n" + " " * 100)
    with pytest.raises(SecretError, match=FILE_NAME) as short:
        Secrets.load(tmp_path, {})
    assert "hunter2" not in str(short.value)


def test_any_bytes_of_the_environment_are_a_secret(tmp_path: Path) -> None:
    """As Python gives those that are no UTF-8."""
    assert Secrets.load(tmp_path, {ENVIRONMENT_NAME: "\udce9" * MIN_LENGTH}).pairing


def test_a_file_that_can_t_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"\xff" * 100)
    with pytest.raises(SecretError, match=FILE_NAME):
        Secrets.load(tmp_path, {})
    (tmp_path / FILE_NAME).unlink()
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(SecretError, match=FILE_NAME):
        Secrets.load(tmp_path, {})
