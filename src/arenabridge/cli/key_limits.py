"""`arenabridge keys limit`: what a key may be used for, from where, how much and how long."""

from typing import Annotated

import typer

from arenabridge.cli.keys import KeyId, changed_by_hand, unknown
from arenabridge.cli.limit_options import Count, Models, Network, given
from arenabridge.cli.options import DataDir, settings_of_gateway


def limit(
    key_id: KeyId,
    *,
    requests_per_minute: Count = None,
    tokens_per_minute: Count = None,
    parallel_requests: Count = None,
    requests_per_day: Count = None,
    requests_per_month: Count = None,
    tokens_per_day: Count = None,
    tokens_per_month: Count = None,
    allow_model: Models = None,
    deny_model: Models = None,
    network: Network = None,
    expires_in_days: Annotated[float | None, typer.Option(min=0, help="From now; 0 lets it live on.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Limit a key. What is not given stays as it is. A running gateway keeps to it within half a minute."""
    from dataclasses import replace

    import msgspec

    from arenabridge.accounts.keys import ApiKey, KeyForm
    from arenabridge.app import open_accounts

    counts = {
        "requests_per_minute": requests_per_minute,
        "tokens_per_minute": tokens_per_minute,
        "parallel_requests": parallel_requests,
        "requests_per_day": requests_per_day,
        "requests_per_month": requests_per_month,
        "tokens_per_day": tokens_per_day,
        "tokens_per_month": tokens_per_month,
    }
    lists = {"allowed_models": allow_model, "denied_models": deny_model, "networks": network}
    accounts = open_accounts(settings_of_gateway(data_dir))

    def changed(key: ApiKey) -> KeyForm:
        form = replace(KeyForm.of(key), limits=msgspec.structs.replace(key.limits, **given(counts, lists)))
        if expires_in_days is None:
            return form
        return replace(form, expires_at=accounts.keys.unix() + expires_in_days * 86400 if expires_in_days else None)

    key = accounts.keys.change(key_id, changed)
    if key is None:
        raise unknown(key_id)
    changed_by_hand(accounts, "key.changed", key, "limits")
