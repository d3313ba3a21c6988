"""`arenabridge users limit`: what a person may use in all, by whichever key and in the Playground."""

from arenabridge.cli.limit_options import Count, Models, Network, given
from arenabridge.cli.options import DataDir, settings_of_gateway
from arenabridge.cli.users import Name, found_user


def limit(
    name: Name,
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
    data_dir: DataDir = None,
) -> None:
    """
    Limit a person: all of their keys and the Playground together, beside what limits each key.

    What is not given stays as it is. A running gateway keeps to it within half a minute.
    """
    import msgspec

    from arenabridge.accounts.audit import COMMAND_LINE
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
    user = found_user(accounts, name)
    accounts.people.change(user.id, limits=msgspec.structs.replace(user.limits, **given(counts, lists)))
    accounts.audit.record(COMMAND_LINE, "user.changed", user.name, detail="limits")
