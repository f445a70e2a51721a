"""What became of each message to each recipient, out of what its events tell.

A part of the ledger: plain dictionaries, and nothing of the package. The records of each service
are read in a module of their own, which says of every event what it tells about whom; here it is
put together, whichever services told it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
SIMULATOR = "simulator.amazonses.com"
SUPPRESSED = (
    "Suppressed", "OnAccountSuppressionList", "OnTenantSuppressionList",
    "EmailValidationSuppressed", "UnsubscribedRecipient",
)  # fmt: skip
"""Subtypes of a bounce of an address that was not tried."""
OUTCOMES = ("accepted", "delivered", "failed")
READ_RECEIPTS = ("rcs", "whatsapp")
"""Channels that tell of reading: what was read has come."""


@dataclass(frozen=True)
class Fact:
    """What one event tells of one message to one recipient."""

    family: str
    channel: str
    kind: str
    """``sent``, ``accepted``, ``delivered``, ``failed``, ``bounced``, ``opened`` and so on."""
    message_id: str
    recipient: str
    at: int
    key: Hashable
    """What tells this event from another, whichever stream brought it."""
    sent_at: int | None = None
    is_final: bool = True
    is_machine: bool = False
    recipients: int = 1
    origin: dict[str, str | None] = field(default_factory=dict)
    """``campaign``, ``journey``, ``treatment``, ``tenant``, ``configuration_set``, ``attempt_of``
    and ``template``, where known."""
    country: str | None = None
    bounce: tuple[str, str] | None = None
    reason: str | None = None
    parts: int | None = None
    price_usd: float | None = None
    fee_usd: float | None = None


@dataclass
class Message:
    """One message to one recipient: what its events say, taken together."""

    channel: str
    id: str
    recipient: str
    sent_at: int
    family: str = "pinpoint"
    campaign: str | None = None
    journey: str | None = None
    treatment: str | None = None
    tenant: str | None = None
    configuration_set: str | None = None
    template: str | None = None
    attempt_of: str | None = None
    """The sender's own id of the message, shared by all attempts at it."""
    country: str | None = None
    recipients: int = 1
    counts: Counter[str] = field(default_factory=Counter)
    """The measures, 0 or 1 each, and numbers of opens, clicks and parts."""
    price_usd: float | None = None
    fee_usd: float | None = None
    bounce: tuple[str, str] | None = None
    failure: str | None = None

    @property
    def domain(self) -> str | None:
        return self.recipient.rpartition("@")[2] if self.channel == "email" else None

    @property
    def is_test(self) -> bool:
        return self.domain == SIMULATOR

    @property
    def origin(self) -> tuple[str, str | None]:
        if self.campaign is not None:
            return "campaign", self.campaign
        return ("journey", self.journey) if self.journey is not None else ("transactional", None)

    @property
    def cost_usd(self) -> float:
        return (self.price_usd or 0.0) + (self.fee_usd or 0.0)


def judged(facts: Iterable[Fact]) -> Iterator[Message]:
    """Every message that the facts are about, each event counted once."""
    lives: dict[tuple[str, str], dict[Hashable, Fact]] = defaultdict(dict)
    for fact in facts:
        life = lives[fact.message_id, fact.recipient]
        # the engagement database has copies, which do not keep everything
        if fact.key not in life or life[fact.key].family == "engagementdb":
            life[fact.key] = fact
    for (message_id, recipient), by_key in lives.items():
        life = sorted(by_key.values(), key=lambda fact: fact.at)
        message = Message(
            min(fact.channel for fact in life), message_id, recipient, _sent_at(life),
            family=min({fact.family for fact in life} - {"engagementdb"} or {"engagementdb"}),
            country=next((fact.country for fact in life if fact.country), None),
            recipients=max(fact.recipients for fact in life),
        )  # fmt: skip
        for fact in life:
            for name, value in fact.origin.items():
                setattr(message, name, getattr(message, name) or value)
        message.counts["messages"] = 1
        message.counts["unsubscribed"] = int(
            any(fact.kind == "unsubscribed" and not fact.is_machine for fact in life)
        )
        if message.channel == "email":
            _judge_mail(message, life)
        else:
            _judge_phone(message, life)
        yield message


def _sent_at(life: list[Fact]) -> int:
    """As the events say; a receipt alone has to stand for the sending."""
    told = [fact.at if fact.sent_at is None else fact.sent_at
            for fact in life if fact.sent_at is not None or fact.kind in OUTCOMES]  # fmt: skip
    return min(told)


def _those(life: Iterable[Fact], *kinds: str) -> list[Fact]:
    return [fact for fact in life if fact.kind in kinds]


def _judge_mail(message: Message, life: list[Fact]) -> None:
    counts = message.counts
    counts["rejected"] = int(bool(_those(life, "rejected")))
    counts["rendering_failed"] = int(bool(_those(life, "rendering_failed")))
    counts["sent"] = int(not counts["rejected"] and not counts["rendering_failed"])

    bounces = _those(life, "bounced")
    delivered = [fact.at for fact in _those(life, "delivered")]
    hard = [fact for fact in bounces if _is_hard(fact)]
    # a bounce for good is the last word, and so is any that came after the delivery
    if hard or (bounces and (not delivered or bounces[-1].at >= delivered[-1])):
        last = (hard or bounces)[-1]
        assert last.bounce is not None
        message.bounce = last.bounce
        counts["bounced"] = 1
        counts["suppressed"] = int(last.bounce[1] in SUPPRESSED)
        counts["hard_bounced"] = int(_is_hard(last))
        counts["soft_bounced"] = int(
            last.bounce[0] == "Transient" and last.bounce[1] not in SUPPRESSED
        )
    else:
        counts["delivered"] = counts["confirmed"] = int(bool(delivered))
    counts["failed"] = counts["rendering_failed"]
    outcomes = ("rejected", "rendering_failed", "bounced", "delivered")
    counts["pending"] = int(not any(counts[outcome] for outcome in outcomes))
    counts["complained"] = int(bool(_those(life, "complained")))
    count_visits(counts, "opened", _of_ses(_those(life, "opened")))
    count_visits(counts, "clicked", _of_ses(_those(life, "clicked")))


def _is_hard(fact: Fact) -> bool:
    assert fact.bounce is not None
    return fact.bounce[0] == "Permanent" and fact.bounce[1] not in SUPPRESSED


def _of_ses(visits: list[Fact]) -> list[Fact]:
    """Pinpoint passes on what SES told it: where SES itself tells of any, only that counts."""
    return [fact for fact in visits if fact.family != "pinpoint"] or visits


def count_visits(counts: Counter[str], measure: str, visits: list[Fact]) -> None:
    """Opens or clicks: whether there are any, how many, and how many are people's."""
    human = [visit for visit in visits if not visit.is_machine]
    counts[measure] = int(bool(visits))
    counts[f"human_{measure}"] = int(bool(human))
    counts[f"{measure}_times"] = len(visits)
    counts[f"human_{measure}_times"] = len(human)


def _judge_phone(message: Message, life: list[Fact]) -> None:
    """A text, a call or a WhatsApp message: the last final word holds, else the last one."""
    counts = message.counts
    opened = _those(life, "opened")
    read = opened if message.channel in READ_RECEIPTS else []
    words = [*_those(life, *OUTCOMES), *read]
    final = [fact for fact in words if fact.is_final] or words
    counts["sent"] = int(bool(words or _those(life, "sent")))
    counts["pending"] = int(not final)
    if final:
        last = max(final, key=lambda fact: (fact.at, fact.kind != "failed"))
        is_delivered = last.kind != "failed"
        counts["delivered"], counts["failed"] = int(is_delivered), int(not is_delivered)
        # elsewhere the carrier's word is the last one
        counts["confirmed"] = int(is_delivered and bool(_those(life, "delivered")))
        if not is_delivered:
            message.failure = last.reason
    priced = [fact for fact in life if fact.price_usd is not None or fact.fee_usd is not None]
    if priced:
        counts["priced"] = 1
        charged = max(priced, key=lambda fact: (fact.is_final and fact.kind in OUTCOMES, fact.at))
        message.price_usd, message.fee_usd = charged.price_usd, charged.fee_usd
    counts["parts"] = max((fact.parts or 0 for fact in life), default=0)
    count_visits(counts, "opened", opened)
