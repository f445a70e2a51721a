"""What a lake is to be: the parameters, and the checks that refuse nonsense."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import date, timedelta
from typing import Any

from dueng_analytics.errors import UnknownName, UsageError

# Raised with every change by which the same parameters make another lake
GENERATOR = 2
PROFILES = ("email", "sms", "mixed", "migration")
FORMATS = ("parquet", "json")
FIRST_DAY = date(2026, 9, 1)
PINPOINT_END = date(2026, 10, 30)  # the last day
_EARLIEST, _LATEST = date(2017, 1, 1), date(2050, 12, 31)


@dataclass(frozen=True, slots=True)
class Faults:
    """How often what goes wrong does, each as a share from 0 to 1.

    Attributes:
        repeats: of events, that are stored again, in the same object, another or a later hour.
        disorder: of events, that arrive late, up to 72 hours.
        missing_ids: of events, whose record names no message.
        malformed: of stored records, that are no JSON object.
        wrong_shape: of stored records, in which some value has another shape than documented.

    The last two are left open for a plan to fill in: a Parquet lake can hold no such record.

    Raises:
        UsageError: a rate that is no share of the records.
    """

    repeats: float = 0.01
    disorder: float = 0.01
    missing_ids: float = 0.0005
    malformed: float | None = None
    wrong_shape: float | None = None

    def __post_init__(self) -> None:
        for name, rate in self.rates().items():
            if not 0 <= rate <= 0.5:
                raise UsageError(
                    f"a rate of {rate:g} for {name} means nothing",
                    hint="A rate is a share of the records, from 0 to 0.5.",
                )

    def rates(self) -> dict[str, float]:
        """Each rate by its name; one that was left open is 0."""
        return {item.name: getattr(self, item.name) or 0.0 for item in fields(self)}

    def settled(self, file_format: str) -> Faults:
        """The same with what was left open filled in for a format.

        Raises:
            UsageError: a rate that a Parquet lake cannot have.
        """
        is_json = file_format == "json"
        if not is_json:
            for name in ("malformed", "wrong_shape"):
                if getattr(self, name):
                    raise UsageError(
                        f"a Parquet lake holds no record that is {name.replace('_', ' ')}",
                        hint="Firehose puts such a record beside the lake when it converts;"
                        " take --format json to have them.",
                    )
        rest = 0.0005 if is_json else 0.0
        return Faults(
            self.repeats,
            self.disorder,
            self.missing_ids,
            rest if self.malformed is None else self.malformed,
            rest if self.wrong_shape is None else self.wrong_shape,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The parameters of a lake. The same plan makes the same files, whoever makes them.

    Attributes:
        profile: which services and channels: ``email``, ``sms``, ``mixed`` or ``migration``.
        events: about how many events; within 1 % from 100,000 on.
        days: of sending. Receipts and opens arrive for up to 60 days more.
        first_day: of sending; left open it is 1 September 2026, and for a migration such that
            30 October 2026, Pinpoint's last day, is in the middle.
        file_format: ``parquet`` as Firehose converts, or ``json``, which it compresses.
        buffer_s: after how many seconds Firehose closes an object, 60 to 900.

    Raises:
        UsageError: a parameter that means nothing, or that does not go with another.
    """

    profile: str = "mixed"
    events: int = 100_000
    days: int = 30
    seed: int = 1
    first_day: date | None = None
    file_format: str = "parquet"
    faults: Faults = field(default_factory=Faults)
    buffer_s: int = 900

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise UnknownName("profile", self.profile, PROFILES, hint=_one_of(PROFILES))
        if self.file_format not in FORMATS:
            raise UnknownName("format", self.file_format, FORMATS, hint=_one_of(FORMATS))
        for name, value, low, high, hint in (
            ("events", self.events, 1, 10**9, "Give a number from 1 to 1,000,000,000."),
            ("days", self.days, 1, 366, "Give a number from 1 to 366."),
            ("seed", self.seed, 0, 2**63 - 1, "Give a whole number from 0 on."),
            ("seconds of buffering", self.buffer_s, 60, 900, "Firehose takes 60 to 900 seconds."),
        ):
            if not low <= value <= high:
                raise UsageError(f"{value:,} {name} cannot be", hint=hint)
        if self.events < self.days:
            raise UsageError(
                f"{self.events:,} events over {self.days} days are less than one a day",
                hint="Give more events or fewer days.",
            )
        first = self.first_day or _first_day(self.profile, self.days)
        if not _EARLIEST <= first <= _LATEST:
            raise UsageError(
                f"no lake can begin on {first}",
                hint=f"Give a first day from {_EARLIEST} to {_LATEST}.",
            )
        if self.profile == "migration" and not (
            first <= PINPOINT_END < first + timedelta(days=self.days - 1)
        ):
            raise UsageError(
                f"a migration from {first} over {self.days} days does not cross {PINPOINT_END}",
                hint="Leave --first-day out, and give at least 2 days.",
            )
        object.__setattr__(self, "first_day", first)
        object.__setattr__(self, "faults", self.faults.settled(self.file_format))

    @property
    def first(self) -> date:
        """The first day of sending."""
        assert self.first_day is not None  # set when the plan is made
        return self.first_day

    def parameters(self) -> dict[str, Any]:
        """Every parameter as JSON can hold it, in a fixed order."""
        return {**asdict(self), "first_day": self.first.isoformat()}


def _first_day(profile: str, days: int) -> date:
    return PINPOINT_END - timedelta(days=days // 2) if profile == "migration" else FIRST_DAY


def _one_of(names: tuple[str, ...]) -> str:
    return f"Take one of {', '.join(names)}."
