"""Who is written to: addresses, phone numbers and the domains they lie in. All invented.

Domains are those that are reserved for examples; numbers lie in the ranges that the numbering
authorities keep for fiction.
"""

from __future__ import annotations

from dataclasses import dataclass

APP_ID = "6f1d0c5b9a3e4d27b8c4e2f0a1d35797"
ACCOUNT = "111122223333"


@dataclass(frozen=True)
class Domain:
    """A mail domain, how many of 1,000 subscribers it has, and what happens to its mail.

    Shares are of the mail sent there; human and machine opens, clicks and what follows of the
    delivered part.
    """

    name: str
    subscribers: int
    hard: float
    soft: float
    human_open: float
    machine_open: float
    click: float
    scanned: float
    complaint: float
    unsubscribe: float
    smtp_response: str
    hard_diagnostic: str = "smtp; 550 5.1.1 user unknown"
    hard_status: str = "5.1.1"
    soft_sub_type: str = "General"
    soft_diagnostic: str = "smtp; 421 4.4.2 connection timed out"
    soft_status: str = "4.4.2"
    agents: tuple[str, ...] = ("iphone", "android", "browser", "proxy")


DOMAINS = (
    Domain("example.com", 310, 0.006, 0.006, 0.30, 0.26, 0.055, 0.0, 0.000, 0.003,
           "250 2.0.0 OK"),
    Domain("example.org", 200, 0.010, 0.008, 0.27, 0.12, 0.045, 0.0, 0.002, 0.003,
           "250 2.0.0 Ok: queued as 4Cx1"),
    Domain("example.net", 150, 0.012, 0.010, 0.24, 0.10, 0.035, 0.0, 0.001, 0.004,
           "250 2.6.0 Queued mail for delivery"),
    Domain("freemail.example", 130, 0.018, 0.022, 0.19, 0.08, 0.022, 0.0, 0.006, 0.012,
           "250 ok dirdel", soft_diagnostic="smtp; 421 4.7.0 try again later",
           soft_status="4.7.0"),
    Domain("kontor.example", 90, 0.008, 0.006, 0.16, 0.00, 0.020, 0.55, 0.000, 0.002,
           "250 2.0.0 OK accepted", agents=("desktop", "browser")),
    Domain("campus.example", 60, 0.020, 0.090, 0.22, 0.04, 0.030, 0.0, 0.000, 0.004,
           "250 2.0.0 Ok", soft_sub_type="MailboxFull",
           soft_diagnostic="smtp; 452 4.2.2 mailbox full", soft_status="4.2.2"),
    Domain("oldpost.example", 40, 0.170, 0.020, 0.11, 0.02, 0.010, 0.0, 0.000, 0.008,
           "250 Requested mail action okay",
           hard_diagnostic="smtp; 550 5.2.1 the account is closed", hard_status="5.2.1"),
    Domain("xn--bro-hoa.example", 20, 0.000, 0.000, 0.30, 0.10, 0.060, 0.0, 0.000, 0.000,
           "250 2.0.0 OK"),
)  # fmt: skip

_FIRST = (
    "ana", "ben", "carla", "david", "elena", "finn", "greta", "hugo", "ida", "jonas", "klara",
    "leo", "mara", "nils", "olga", "paul", "rosa", "sam", "tara", "uwe", "vera", "willi", "yara",
    "zoe", "amir", "bela", "chen", "dana", "emre", "farah", "goro", "hana", "ines", "jamal",
    "kaya", "lena", "mika", "noor", "omar", "petra",
)  # fmt: skip
_LAST = (
    "adler", "berg", "cruz", "dahl", "ehlers", "falk", "gomez", "haas", "ito", "jung", "kern",
    "lang", "meyer", "nagy", "ortiz", "peters", "quast", "rossi", "sato", "thiel", "ulrich",
    "vogt", "weber", "xu", "young", "zimmer", "arnold", "bauer", "conti", "diaz", "evers",
    "frank", "graf", "hahn", "ivanov", "jansen", "keller", "lopez", "moreau", "nowak",
)  # fmt: skip


@dataclass(frozen=True)
class Recipient:
    """A subscriber of the shop."""

    number: int
    address: str
    domain: Domain

    @property
    def endpoint_id(self) -> str:
        return f"ep-{self.number:06d}"

    @property
    def user_id(self) -> str:
        return f"user-{self.number:04d}"


def domain_named(name: str) -> Domain:
    return next(domain for domain in DOMAINS if domain.name == name)


def subscriber(number: int) -> Recipient:
    """The subscriber of a number; thousand of them in a row fill every domain to its share."""
    place = number * 373 % 1000
    for domain in DOMAINS:
        if place < domain.subscribers:
            break
        place -= domain.subscribers
    first = _FIRST[number % len(_FIRST)]
    last = _LAST[(number // len(_FIRST) + number * 7) % len(_LAST)]
    suffix = f"{number // 1600 + 1}" if number >= 1600 else ""
    return Recipient(number, f"{first}.{last}{suffix}@{domain.name}", domain)


@dataclass(frozen=True)
class Country:
    """Where SMS go: its numbers, the price of a part in thousandths of a cent, what comes of it."""

    code: str
    number_start: str
    number_digits: int
    first: int
    count: int
    price_per_part: float
    origination: str
    handset_receipts: bool
    failing: float


COUNTRIES = (
    Country("US", "+1202555", 4, 100, 100, 645.0, "+18445550123", True, 0.04),
    Country("US", "+1312555", 4, 100, 100, 645.0, "+18445550123", True, 0.04),
    Country("CA", "+1416555", 4, 100, 100, 581.0, "+18445550123", False, 0.03),
    Country("GB", "+447700900", 3, 0, 1000, 4080.0, "EXAMPLE", True, 0.05),
    Country("DE", "+491713920", 3, 0, 100, 8720.0, "EXAMPLE", True, 0.03),
    Country("FR", "+336399800", 2, 0, 100, 6610.0, "36180", True, 0.14),
    Country("AU", "+614915701", 2, 56, 4, 4150.0, "EXAMPLE", True, 0.0),
    Country("JM", "+1876555", 4, 100, 100, 7320.0, "+18445550123", True, 0.0),
)


def phone(country: Country, number: int) -> str:
    """A fictional number of a country."""
    place = country.first + number % country.count
    return f"{country.number_start}{place:0{country.number_digits}d}"
