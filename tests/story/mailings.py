"""E-mail in quantity: campaigns, the welcome journey, orders. What becomes of it, by domain."""

from __future__ import annotations

from collections.abc import Iterator

from . import plan
from .cast import Domain, Recipient, subscriber
from .chance import along, between, pick, share
from .clock import DAY, HOUR, MINUTE, SECOND, at, awake, day_of, iso
from .envelope import Event, campaign_send, endpoint_text, journey_send
from .mail import SERVICE, SUPPRESSED, Bounce, Mail, Step, mail_events

WHEN_OPENED = (
    # (share of the first opens up to here, milliseconds after sending)
    (0.30, 1 * HOUR), (0.62, 6 * HOUR), (0.86, 24 * HOUR), (0.96, 60 * HOUR), (1.0, 150 * HOUR),
)  # fmt: skip
FAREWELLS = ("_email.hardbounce", "_email.unsubscribe", "_email.complaint")
"""After these the journey has nothing more to say to somebody."""
UNSUBSCRIBE = "https://shop.example.com/unsubscribe"


def campaign_mail() -> Iterator[Event]:
    """Every execution of the e-mail campaigns."""
    gone: dict[str, str] = {}
    for run in plan.EMAIL_RUNS:
        yield from _run(run, gone)


def _run(run: plan.EmailRun, gone: dict[str, str]) -> Iterator[Event]:
    for asked, mail, steps in run_mails(run, gone):
        yield asked
        if mail is not None:
            yield from mail_events(mail, steps)


def gone_by_the_end() -> dict[str, str]:
    """Who bounced for good or left, over all campaigns of Pinpoint."""
    gone: dict[str, str] = {}
    for run in plan.EMAIL_RUNS:
        for _ in run_mails(run, gone):
            pass
    return gone


def run_mails(
    run: plan.EmailRun, gone: dict[str, str], until: str = plan.STREAM_END
) -> Iterator[tuple[Event, Mail | None, list[Step]]]:
    """One execution: what was asked for, and the mail, if any, with what became of it.

    Whoever bounces for good or leaves is remembered for the next one.
    """
    start = at(run.start)
    treatments = sorted(run.subjects)
    first, last = run.subscribers
    for place, number in enumerate(range(first, last + 1)):
        recipient = subscriber(number)
        treatment = treatments[place // 2 % len(treatments)] if run.holdout else treatments[0]
        sent_at = start + place * 900 + between(0, 700, "pace", run.activity, number)
        status = "SUCCESS"
        if run.holdout and place % run.holdout == run.holdout - 1:
            status = "HOLDOUT"
        elif gone.get(recipient.address) == "left":
            continue
        elif share("cap", run.activity, number) < 0.004:
            status = "DAILY_CAP"
        asked = campaign_send(
            sent_at - between(380, 620, "queue", run.activity, number), recipient.endpoint_id,
            campaign=run.campaign.id, activity=run.activity, treatment=treatment,
            channel="EMAIL", status=status,
            endpoint=endpoint_text("EMAIL", _joined(number), recipient.user_id),
        )  # fmt: skip
        if status != "SUCCESS":
            yield asked, None, []
            continue
        mail = Mail(
            f"{run.activity}/{number}", sent_at, (recipient.address,), run.subjects[treatment],
            recipient.endpoint_id,
            origin={"campaign_id": run.campaign.id, "campaign_activity_id": run.activity,
                    "treatment_id": treatment},
        )  # fmt: skip
        if gone.get(recipient.address) == "bounced":
            yield asked, mail, [SEND, Step("hardbounce", 900, bounce=SUPPRESSED)]
            continue
        steps = life(
            mail, recipient, run.campaign.links, until=until,
            interest=run.interest.get(treatment, 1.0), hard_bounces=run.hard_bounces,
        )  # fmt: skip
        if any(step.kind == "hardbounce" for step in steps):
            gone[recipient.address] = "bounced"
        elif any(step.kind in ("unsubscribe", "complaint") for step in steps):
            gone[recipient.address] = "left"
        yield asked, mail, steps


def welcome_mail() -> Iterator[Event]:
    """The two mails of the journey, in the language of whoever entered it."""
    for day, count in plan.JOINING.items():
        for place in range(count):
            number = 3000 + int(day[-2:]) * 40 + place
            recipient = subscriber(number)
            entered = awake(at(day) + between(6 * HOUR, 22 * HOUR, "entered", number))
            turns = (plan.WELCOME_MAIL, 20 * SECOND), (plan.TIPS_MAIL, 2 * DAY)
            for turn, (activity, after) in enumerate(turns):
                moment = awake(entered + after)
                if day_of(moment) > plan.LAST_DAY:
                    break
                events = _journey_mail(recipient, activity, turn, moment)
                yield from events
                if any(event.record["event_type"] in FAREWELLS for event in events):
                    break


def _journey_mail(recipient: Recipient, activity: str, turn: int, moment: int) -> list[Event]:
    locale = pick(plan.LOCALES, "locale", recipient.number)
    broken_from, broken_until = map(at, plan.TEMPLATE_BROKEN)
    is_broken = activity == plan.TIPS_MAIL and broken_from <= moment <= broken_until
    asked = journey_send(
        moment, recipient.endpoint_id, journey=plan.WELCOME, run=plan.WELCOME_RUN,
        activity=activity, channel="EMAIL",
        endpoint=endpoint_text("EMAIL", _joined(recipient.number), recipient.user_id, locale),
    )  # fmt: skip
    mail = Mail(
        f"{activity}/{recipient.number}", moment + 900, (recipient.address,),
        plan.WELCOME_SUBJECTS[locale][turn], recipient.endpoint_id,
        origin={"journey_id": plan.WELCOME, "journey_run_id": plan.WELCOME_RUN,
                "journey_activity_id": activity},
    )  # fmt: skip
    if is_broken:
        return [asked, *mail_events(mail, [Step("rendering_failure", 500)])]
    links = ("https://shop.example.com/start", "https://shop.example.com/tips")
    return [asked, *mail_events(mail, life(mail, recipient, links, interest=1.5))]


def order_mail() -> Iterator[Event]:
    """Order confirmations and password resets: no campaign, a random endpoint id."""
    for day, count in plan.ORDERS.items():
        for place in range(count):
            number = 4000 + int(day[-2:]) * 60 + place
            recipient = subscriber(number)
            clock = plan.ORDER_TIMES[place % len(plan.ORDER_TIMES)]
            sent_at = awake(at(f"{day} {clock}")) + between(0, 4 * MINUTE, "order", number)
            is_reset = place % 4 == 3
            mail = Mail(
                f"order/{number}", sent_at, (recipient.address,),
                "Reset your password" if is_reset else f"Your order {day[-2:]}-{number}",
                f"{number:08x}-2d3f-4a6b-8c0d-1e2f3a4b5c6d", sender=SERVICE,
            )  # fmt: skip
            links = ("https://shop.example.com/account/reset",) if is_reset else ()
            yield from mail_events(mail, life(mail, recipient, links, interest=1.7, clicks=3.0))


SEND = Step("send", 645)


def life(
    mail: Mail,
    recipient: Recipient,
    links: tuple[str, ...],
    *,
    interest: float = 1.0,
    clicks: float = 1.0,
    hard_bounces: float = 1.0,
    until: str = plan.STREAM_END,
) -> list[Step]:
    """What becomes of a mail, by the habits of its domain."""
    domain = recipient.domain
    fate = share("fate", mail.name)
    if fate < 0.0012:
        return [Step("rejected", 700)]
    hard = domain.hard * hard_bounces
    if 0.0012 <= fate < hard + 0.0012:
        bounce = Bounce("Permanent", "General", domain.hard_status, domain.hard_diagnostic)
        return [SEND, Step("hardbounce", between(1_500, 4_200, "back", mail.name), bounce=bounce)]
    if fate < hard + domain.soft + 0.0012:
        bounce = Bounce(
            "Transient", domain.soft_sub_type, domain.soft_status, domain.soft_diagnostic,
            "softbounce",
        )  # fmt: skip
        # the service gives up after some half a day of tries
        given_up = awake(mail.sent_at + between(11 * HOUR, 14 * HOUR, "tries", mail.name))
        return [SEND, Step("softbounce", given_up - mail.sent_at, bounce=bounce)]
    took = between(900, 3_400, "delivery", mail.name)
    steps = [SEND, Step("delivered", took, smtp_response=domain.smtp_response)]
    steps += _machines(mail, domain, took, links)
    steps += _people(mail, domain, took, links, interest, clicks)
    return [step for step in steps if mail.sent_at + step.after <= at(until)]


def _machines(mail: Mail, domain: Domain, took: int, links: tuple[str, ...]) -> Iterator[Step]:
    if share("prefetch", mail.name) < domain.machine_open:
        yield Step("open", took + between(2_000, 40_000, "prefetched", mail.name), "machine")
    if links and share("scan", mail.name) < domain.scanned:
        # a scanner follows every link as soon as the mail is there
        for place, link in enumerate(links):
            yield Step("click", took + 600 + 240 * place, "scanner", link)


def _people(
    mail: Mail,
    domain: Domain,
    took: int,
    links: tuple[str, ...],
    interest: float,
    clicks: float,
) -> Iterator[Step]:
    if share("complains", mail.name) < domain.complaint:
        complained = awake(mail.sent_at + between(20 * HOUR, 60 * HOUR, "complained", mail.name))
        yield Step("complaint", complained - mail.sent_at)
    if share("opens", mail.name) >= domain.human_open * interest:
        return
    agent = pick(domain.agents, "agent", mail.name)
    first = awake(mail.sent_at + max(took + 70_000, along(WHEN_OPENED, "opened", mail.name)))
    yield Step("open", first - mail.sent_at, agent)
    if share("opens again", mail.name) < 0.22:
        again = awake(first + between(2 * MINUTE, 30 * HOUR, "again", mail.name))
        yield Step("open", again - mail.sent_at, agent)
    if links and share("clicks", mail.name) < domain.click * clicks / domain.human_open:
        link = pick((links[0], *links), "link", mail.name)
        reader = "browser" if agent == "proxy" else agent
        moment = first + between(4 * SECOND, 50 * SECOND, "click", mail.name)
        yield Step("click", moment - mail.sent_at, reader, link)
    elif mail.origin and share("leaves", mail.name) < domain.unsubscribe / domain.human_open:
        moment = first + between(6 * SECOND, 40 * SECOND, "leave", mail.name)
        yield Step("unsubscribe", moment - mail.sent_at, "browser", UNSUBSCRIBE)


def _joined(number: int) -> str:
    """When an endpoint was last changed."""
    return iso(at("2026-09-01") + number % 40 * DAY // 2 + 8 * HOUR)
