"""E-mail through SES in quantity: invoices as ever, and from 30 October on everything else too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from . import plan
from .cast import subscriber
from .chance import between, pick, share
from .clock import DAY, HOUR, MINUTE, SECOND, at, awake, day_of
from .envelope import Event
from .mail import SENDER, SERVICE, SUPPRESSED, Bounce, Step
from .mailings import FAREWELLS, SEND, gone_by_the_end, life, run_mails
from .ses_mail import SesMail, ses_events

TENANTS = "shop-eu", "shop-us"
BOOKKEEPING = "buchhaltung@kontor.example"
_SUBJECTS = {
    "invoice": "Your invoice {number}",
    "parcel-notice": "Your parcel is on its way",
    "order-confirmation": "Your order {number}",
    "password-reset": "Reset your password",
}


def transactional_mail() -> Iterator[Event]:
    """Invoices and parcel notices; after the change also orders and resets of passwords."""
    for day, count in plan.INVOICES.items():
        for place in range(count):
            template = ("invoice", "parcel-notice")[place % 2]
            yield from _transactional(day, place, template)
    for day, count in plan.ORDERS_BY_SES.items():
        for place in range(count):
            template = "password-reset" if place % 4 == 3 else "order-confirmation"
            yield from _transactional(day, 20 + place, template)


def _transactional(day: str, place: int, template: str) -> list[Event]:
    number = 6000 + (at(day) - at(plan.FIRST_DAY)) // DAY * 40 + place
    recipient = subscriber(number)
    clock = plan.ORDER_TIMES[place % len(plan.ORDER_TIMES)]
    sent_at = awake(at(f"{day} {clock}")) + between(0, 4 * MINUTE, "ses", number)
    mail = SesMail(
        f"ses/{number}", sent_at, _addresses(number, recipient.address, template),
        _SUBJECTS[template].format(number=f"{day[-2:]}-{number}"), "", sender=SERVICE,
        tags={"template": template}, tenant=pick(TENANTS, "tenant", number),
    )  # fmt: skip
    links = ("https://shop.example.com/account/reset",) if template == "password-reset" else ()
    steps = life(mail, recipient, links, interest=1.7, clicks=3.0, until=plan.STORY_END)
    if len(mail.to) > 1:
        steps = _to_several(mail, steps)
    return ses_events(mail, steps)


def _addresses(number: int, address: str, template: str) -> tuple[str, ...]:
    """Some companies have their invoices sent to the bookkeeping too, some to a third person."""
    if template != "invoice" or share("copied", number) >= 0.25:
        return (address,)
    if share("third", number) < 0.4:
        return address, BOOKKEEPING, subscriber(number + 500).address
    return address, BOOKKEEPING


def _to_several(mail: SesMail, steps: list[Step]) -> list[Step]:
    """A delivery for each of the servers; what the first address does not take, the others do."""
    first, *others = mail.to
    told = [
        Step(
            step.kind, step.after, step.agent, step.link, step.bounce, (first,),
            smtp_response=step.smtp_response,
        )
        if step.kind in ("delivered", "hardbounce", "softbounce") else step
        for step in steps
    ]  # fmt: skip
    if all(step.kind != "rejected" for step in steps):
        told += [
            Step("delivered", 1_200 + 310 * place, recipients=(address,))
            for place, address in enumerate(others)
        ]
    return told


def marketing_mail() -> Iterator[Event]:
    """The newsletter goes on under its old id, and a mailing has a name for one."""
    gone = gone_by_the_end()
    for run in plan.SES_RUNS:
        first, last = run.subscribers
        for place, number in enumerate(range(first, last + 1)):
            recipient = subscriber(number)
            if gone.get(recipient.address) == "left":
                continue
            sent_at = at(run.start) + place * 400 + between(0, 300, "pace", run.name, number)
            mail = _marketing(
                f"{run.name}/{number}",
                sent_at,
                recipient.address,
                run.subject,
                {"campaign": run.campaign},
            )
            if gone.get(recipient.address) == "bounced":
                steps = [SEND, Step("hardbounce", 900, bounce=SUPPRESSED)]
            else:
                steps = life(mail, recipient, run.links, until=plan.STORY_END)
            if any(step.kind == "hardbounce" for step in steps):
                gone[recipient.address] = "bounced"
            elif any(step.kind in ("unsubscribe", "complaint") for step in steps):
                gone[recipient.address] = "left"
            yield from ses_events(mail, steps)


def _marketing(
    name: str, sent_at: int, address: str, subject: str, origin: dict[str, str]
) -> SesMail:
    return SesMail(
        name, sent_at, (address,), subject, "", origin, SENDER,
        configuration_set="marketing", tags={**origin, "template": name.split("/")[0]},
        judges_bots=True, caller="ShopCampaigns",
    )  # fmt: skip


def welcome_goes_on() -> Iterator[Event]:
    """The two mails of the journey, sent by the shop itself."""
    for day, count in plan.JOINING_BY_SES.items():
        for place in range(count):
            number = 7000 + (at(day) - at(plan.CHANGE_OF_SERVICE)) // DAY * 20 + place
            recipient = subscriber(number)
            entered = awake(at(day) + between(6 * HOUR, 22 * HOUR, "entered", number))
            locale = pick(plan.LOCALES, "locale", number)
            for turn, after in enumerate((20 * SECOND, 2 * DAY)):
                moment = awake(entered + after)
                if day_of(moment) >= day_of(at(plan.STORY_END)):
                    break
                name = f"{('welcome', 'tips')[turn]}/{number}"
                subject = plan.WELCOME_SUBJECTS[locale][turn]
                origin = {"journeyId": plan.WELCOME}
                mail = _marketing(name, moment + 900, recipient.address, subject, origin)
                links = ("https://shop.example.com/start", "https://shop.example.com/tips")
                steps = life(mail, recipient, links, interest=1.5, until=plan.STORY_END)
                yield from ses_events(mail, steps)
                if any(f"_email.{step.kind}" in FAREWELLS for step in steps):
                    break


def fair_mail() -> Iterator[Event]:
    """The mailing of 28 October, of which SES tells as well: the project names a set of its own.

    SES notes an open when it happens, Pinpoint a second later; and SES goes on when Pinpoint ends.
    """
    run = plan.EMAIL_RUNS[-1]
    opened, unopened = iter(_OPENED_MAILS), iter(_UNOPENED_MAILS)
    for _, mail, steps in run_mails(run, {}, until=plan.STORY_END):
        if mail is None:
            continue
        told = [_noticed(step) for step in steps]
        kinds = {step.kind for step in steps}
        if "open" in kinds and "machine" not in {step.agent for step in steps}:
            told = next(opened, _as_it_was)(told)
        elif kinds == {"send", "delivered"}:
            told = next(unopened, _as_it_was)(told)
        yield from ses_events(
            SesMail(
                mail.name, mail.sent_at, mail.to, mail.subject, "", sender=mail.sender,
                configuration_set="pinpoint-project", judges_bots=True, caller="pinpoint",
            ),
            told,
        )  # fmt: skip


def _as_it_was(steps: list[Step]) -> list[Step]:
    return steps


def _never_noticed(steps: list[Step]) -> list[Step]:
    """Pinpoint alone knows that it was opened: the record of SES did not come."""
    return [step for step in steps if step.kind in ("send", "delivered")]


def _judged(steps: list[Step]) -> list[Step]:
    """What looks like a person's open is a bot's to SES."""
    return [
        replace(step, verdict="Likely") if step.kind in ("open", "click") else step
        for step in steps
    ]


def _opened_later(steps: list[Step]) -> list[Step]:
    """Opened when Pinpoint tells nothing any more."""
    return [*steps, Step("open", 5 * DAY + 4 * HOUR, "browser")]


def _bounced_later(steps: list[Step]) -> list[Step]:
    """Sent back by its server days after it took it, when Pinpoint tells nothing any more."""
    gone = Bounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown")
    return [*steps, Step("hardbounce", 4 * DAY + 6 * HOUR, bounce=gone)]


_OPENED_MAILS = (_never_noticed, _judged)
_UNOPENED_MAILS = (_opened_later, _bounced_later)
"""What SES tells otherwise than Pinpoint, of one mail each."""


def _noticed(step: Step) -> Step:
    if step.kind == "delivered":
        return Step("delivered", step.after - 130, smtp_response=step.smtp_response)
    if step.kind in ("open", "click"):
        early = between(600, 1_400, "noticed", step.kind, step.after)
        return Step(step.kind, step.after - early, step.agent, step.link)
    return step
