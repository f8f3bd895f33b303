"""What was found of a tenant, kept for a day where the platform expects it: `ai:analysis_result:tenant:{t}`.

Only where the configuration says so, for it writes among the tenant's keys. The user needs SET on these keys and no
others: `purposes.results` is that grant, which `kryonix provision --only acl` adds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from redis.exceptions import ResponseError

from kryonix_tui.i18n import ngettext
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.purposes import RESULT_KIND
from kryonix_tui.model.keyspace import KeyPattern, KeyspaceMap
from kryonix_tui.model.optimization import Advice, TenantAnalysis
from kryonix_tui.safetext import safe

_SECONDS: Final = 86_400
_BATCH: Final = 100


async def keep(
    clients: PurposeClients,
    keyspace: KeyspaceMap,
    found: Sequence[TenantAnalysis],
    written: Mapping[tuple[str, Advice], int],
    plan: str,
) -> tuple[str, ...]:
    """Write the result of each tenant that was changed; return what people should know where that was refused.

    `written` is how many keys of a tenant were changed on which advice.

    Raises:
        SourceError: the server did not answer.
    """
    pattern = next((each for each in keyspace.patterns if each.kind == RESULT_KIND and each.db is not None), None)
    changed = {tenant for tenant, _advice in written}
    told = [known for known in found if known.tenant in changed]
    if pattern is None or pattern.db is None or not told:
        return ()
    refused = 0
    for start in range(0, len(told), _BATCH):
        commands = [_command(pattern, known, written, plan) for known in told[start : start + _BATCH]]
        replies = await clients.batch(pattern.db, commands)
        refused += sum(isinstance(reply, ResponseError) for reply in replies)
    if not refused:
        return ()
    text = ngettext(
        "{count} result was not kept: the user for maintenance may not SET {keys} (provision --only acl)",
        "{count} results were not kept: the user for maintenance may not SET {keys} (provision --only acl)",
        refused,
    )
    return (text.format(count=refused, keys=safe(pattern.pattern, 80)),)


def _command(
    pattern: KeyPattern, known: TenantAnalysis, written: Mapping[tuple[str, Advice], int], plan: str
) -> tuple[Any, ...]:
    own = {advice: count for (tenant, advice), count in written.items() if tenant == known.tenant}
    result = {
        "tenant_id": safe(known.tenant),
        "analysis_timestamp": datetime.fromtimestamp(known.at, UTC).isoformat(timespec="seconds"),
        "performance_score": known.score,
        "hit_rate": known.hit_rate.chosen.value if known.hit_rate else None,
        "optimizations_applied": [advice.value for advice in own],
        "keys_changed": sum(own.values()),
        "by": f"kryonix optimize, plan {plan}",
    }
    return ("SET", pattern.key_for(known.tenant), json.dumps(result), "EX", _SECONDS)
