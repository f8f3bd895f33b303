"""PromQL that can select series of some tenants only: each selector gets a matcher, put in by a parser, never by text.

The tree of the query is rewritten selector by selector, written out, and read again: what is sent is what was proved to
have the matcher everywhere. What the parser does not understand is not sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import promql_parser as promql

from kryonix_tui.errors import ReplyError
from kryonix_tui.i18n import _
from kryonix_tui.model.metrics import TENANT_LABEL
from kryonix_tui.model.promql import LONGEST_FILLED, quoted, refuse_monster
from kryonix_tui.model.visible import Visible
from kryonix_tui.safetext import safe

_UNSEEN: Final = frozenset({"info"})
"""Functions that read series which no selector names."""


def limited(expression: str, visible: Visible) -> str:
    """Return `expression` so that every selector has `tenant_id=~"..."` for `visible`; matchers of its own stay beside it.

    Raises:
        ReplyError: it cannot be read, or cannot be limited.
    """
    if not visible.limited:
        return expression
    try:
        refuse_monster(expression, LONGEST_FILLED)
        tree = promql.parse(expression)
        _refuse_unseen(tree)
        written: str = promql.transform(tree, post_visit=_with_matcher(visible.expression)).prettify()
        _prove(promql.parse(written), len(_selectors(tree)), visible.expression)
    except ValueError as error:
        raise ReplyError(
            _("the query was not sent: {reason}").format(reason=safe(str(error), 200)),
            hint=_(
                "This console is limited to some tenants (tenants in the configuration): a query must be understood."
            ),
            title=_("Query"),
        ) from error
    return written


def tenants_named(expression: str) -> frozenset[str] | None:
    """Return the tenants that a query is about, where every selector names one by `=`; None where one does not.

    Empty where nothing is selected at all. What cannot be read names nobody.
    """
    try:
        refuse_monster(expression, LONGEST_FILLED)
        selectors = _selectors(promql.parse(expression))
    except ValueError:
        return None
    named = [_named(selector) for selector in selectors]
    return None if None in named else frozenset(name for name in named if name is not None)


def _named(selector: promql.VectorSelector) -> str | None:
    equal = (one for one in selector.matchers.matchers if one.name == TENANT_LABEL and one.op == promql.MatchOp.Equal)
    found = next(equal, None)
    return found.value if found is not None and found.value else None


def _selectors(tree: promql.Expr) -> list[promql.VectorSelector]:
    """Return all selectors, those of ranges included."""
    found: list[promql.VectorSelector] = []

    def visit(node: promql.Expr) -> None:
        if isinstance(node, promql.VectorSelector):
            found.append(node)

    promql.walk(tree, visit)
    return found


def _refuse_unseen(tree: promql.Expr) -> None:
    def visit(node: promql.Expr) -> None:
        if isinstance(node, promql.Call) and node.func.name in _UNSEEN:
            raise ValueError(_("{name}() reads more than it names").format(name=node.func.name))

    promql.walk(tree, visit)


def _with_matcher(expression: str) -> Callable[[promql.Expr], promql.Expr | None]:
    """Return what puts the matcher into a selector, for `promql.transform`, which also goes into ranges."""
    ours = promql.Matcher(promql.MatchOp.Re, TENANT_LABEL, expression)

    def visit(node: promql.Expr) -> promql.Expr | None:
        if not isinstance(node, promql.VectorSelector):
            return None
        if node.matchers.or_matchers:
            raise ValueError(_("`or` between matchers is not understood"))
        node.matchers = promql.Matchers([_written(one) for one in (*node.matchers.matchers, ours)])
        # The tree keeps the node as it was parsed; its text has the new matchers.
        return promql.parse(str(node))

    return visit


def _written(matcher: promql.Matcher) -> promql.Matcher:
    """Return a matcher whose value is escaped: `str` of a selector puts it between quotes as it is."""
    return promql.Matcher(matcher.op, matcher.name, quoted(matcher.value)[1:-1])


def _prove(tree: promql.Expr, count: int, expression: str) -> None:
    """Raise ValueError unless all selectors of a tree, `count` of them, have our matcher."""
    found = _selectors(tree)
    if len(found) != count or not all(_has_matcher(selector, expression) for selector in found):
        raise ValueError(_("its selectors cannot be limited"))


def _has_matcher(selector: promql.VectorSelector, expression: str) -> bool:
    return not selector.matchers.or_matchers and any(
        one.name == TENANT_LABEL and one.op == promql.MatchOp.Re and one.value == expression
        for one in selector.matchers.matchers
    )
