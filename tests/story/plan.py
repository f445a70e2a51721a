"""What the shop sent, as plain tables. Times are UTC."""

from __future__ import annotations

from dataclasses import dataclass, field

FIRST_DAY, LAST_DAY = "2026-10-19", "2026-10-29"
STREAM_END = "2026-10-30 23:30"
"""The engagement features of Pinpoint end on 30 October 2026; nothing of it comes after."""
CHANGE_OF_SERVICE = "2026-10-30"
"""From this day on SES and End User Messaging send what Pinpoint sent before."""
STORY_END = "2026-11-11 21:30"
"""The last day that the story tells; nothing is sent on it any more."""


@dataclass(frozen=True)
class Campaign:
    """A campaign as events know it."""

    id: str
    links: tuple[str, ...] = ()


NEWSLETTER = Campaign(
    "3a7d5e0c41b94f6f8e2b9c6d0a1f7201",
    ("https://shop.example.com/autumn", "https://shop.example.com/boots?ref=mail"),
)
COATS = Campaign(
    "9b1f64d2c0a84e3c95d7a3f1e6b82c02",
    ("https://shop.example.com/coats", "https://shop.example.com/coats/wool"),
)
FAIR_LEADS = Campaign("e4c8a9b7012d4f5aa6b3c2d1e0f99803", ("https://shop.example.com/hello",))
CLEARANCE = Campaign("c05b7e9d3f1a4862b9e8d7c6a5f41004", ("https://shop.example.com/sale",))
FLASH_SALE = Campaign("5d2e8f1a7c6b49038f7e6d5c4b3a2905")
PREVIEW_PUSH = Campaign("71c3e5a9b8d74f20a1b2c3d4e5f60706")
SIZE_GUIDE_IN_APP = Campaign("8f0e1d2c3b4a45968778695a4b3c2d07")
SINGLES_DAY = "singles-day"
"""Without Pinpoint nobody makes an id; the sender's own name is one."""
WELCOME = "2c9e7b5a3d1f40e8b6a4928170f5e308"
WIN_BACK = "d9f8e7c6b5a443928170615243f4e509"

SUBSCRIBER_NEWS = "a1b2c3d4e5f647089a0b1c2d3e4f5a10"
COAT_BUYERS = "b2c3d4e5f6a748190b1c2d3e4f5a6b11"
FAIR_VISITORS = "c3d4e5f6a7b849201c2d3e4f5a6b7c12"
NEW_CUSTOMERS = "d4e5f6a7b8c950312d3e4f5a6b7c8d13"


@dataclass(frozen=True)
class EmailRun:
    """One execution of an e-mail campaign: to whom, what, and how it went beside the usual."""

    campaign: Campaign
    activity: str
    start: str
    subscribers: tuple[int, int]
    subjects: dict[str, str]
    """By treatment."""
    interest: dict[str, float] = field(default_factory=dict)
    """How much more often than usual a treatment's mail is opened by people."""
    hard_bounces: float = 1.0
    """How many times the usual."""
    holdout: int = 0
    """Every n-th subscriber is kept out for comparison."""


EMAIL_RUNS = (
    EmailRun(
        CLEARANCE, "0c1d2e3f4a5b4c6d8e7f90a1b2c3d401", "2026-10-02 08:00", (1500, 1539),
        {"0": "Summer goes, prices too"},
    ),
    EmailRun(
        NEWSLETTER, "0c1d2e3f4a5b4c6d8e7f90a1b2c3d402", "2026-10-19 07:00", (0, 379),
        {"0": "Autumn favourites \N{MAPLE LEAF}\N{FALLEN LEAF}"},
    ),
    EmailRun(
        COATS, "0c1d2e3f4a5b4c6d8e7f90a1b2c3d403", "2026-10-21 09:00", (60, 369),
        {"1": "New coats are here", "2": "Your next coat, Größe inklusive \N{COAT}"},
        interest={"1": 1.0, "2": 1.7}, holdout=10,
    ),
    EmailRun(
        NEWSLETTER, "0c1d2e3f4a5b4c6d8e7f90a1b2c3d404", "2026-10-26 07:00", (0, 399),
        {"0": "Last warm days, new boots \N{HIKING BOOT}"}, interest={"0": 0.9},
    ),
    EmailRun(
        FAIR_LEADS, "0c1d2e3f4a5b4c6d8e7f90a1b2c3d405", "2026-10-28 13:00", (1600, 1679),
        {"0": "It was good to meet you"}, interest={"0": 0.6}, hard_bounces=9.0,
    ),
)  # fmt: skip

WELCOME_RUN = "f1e2d3c4b5a649788796a5b4c3d2e101"
WELCOME_MAIL, TIPS_MAIL, COUPON_SMS = "0yKx3vQ9Zt", "b7Rw2LmP5s", "Qd84HnTz1c"
JOINING = {
    # day: people who enter the journey; each gets a mail at once, one two days later, an SMS after
    # three more
    "2026-10-19": 12, "2026-10-20": 14, "2026-10-21": 17, "2026-10-22": 13, "2026-10-23": 16,
    "2026-10-24": 22, "2026-10-25": 20, "2026-10-26": 15, "2026-10-27": 12, "2026-10-28": 11,
    "2026-10-29": 9,
}  # fmt: skip
WELCOME_SUBJECTS = {
    # locale: subjects of the two mails
    "en": ("Welcome to Example Outfitters", "Five tips for your first winter walk"),
    "de": ("Willkommen – schön, dass du da bist", "Fünf Tipps für kalte Tage"),
    "ar": ("أهلاً بك في متجرنا", "خمس نصائح لشتاء دافئ"),
    "he": ("ברוכים הבאים לחנות שלנו", "חמישה טיפים לחורף"),
    "ja": ("ようこそ、Example Outfitters へ", "冬の散歩のための五つのヒント"),
}
LOCALES = ("en", "en", "en", "en", "de", "de", "ja", "ar", "he", "en")
TEMPLATE_BROKEN = ("2026-10-25 00:00", "2026-10-25 23:59")
"""While the template of the second mail names an attribute that endpoints do not have."""

ORDERS = {
    # day: order confirmations and password resets, without a campaign
    "2026-10-19": 30, "2026-10-20": 25, "2026-10-21": 36, "2026-10-22": 31, "2026-10-23": 28,
    "2026-10-24": 21, "2026-10-25": 19, "2026-10-26": 33, "2026-10-27": 29, "2026-10-28": 26,
    "2026-10-29": 23,
}  # fmt: skip
ORDER_TIMES = ("07:00", "12:00", "18:00", "21:00")

SIGN_IN_CODES = {
    # day: one-time codes by SMS, without a campaign
    "2026-10-19": 13, "2026-10-20": 15, "2026-10-21": 12, "2026-10-22": 16, "2026-10-23": 14,
    "2026-10-24": 9, "2026-10-25": 8, "2026-10-26": 15, "2026-10-27": 13, "2026-10-28": 14,
    "2026-10-29": 12,
}  # fmt: skip
INVOICES = {
    # day: invoices and parcel notices through SES, as ever
    "2026-10-19": 4, "2026-10-20": 4, "2026-10-21": 5, "2026-10-22": 4, "2026-10-23": 4,
    "2026-10-24": 2, "2026-10-25": 2, "2026-10-26": 5, "2026-10-27": 4, "2026-10-28": 4,
    "2026-10-29": 4, "2026-10-30": 5, "2026-10-31": 2, "2026-11-01": 2, "2026-11-02": 4,
    "2026-11-03": 5, "2026-11-04": 4, "2026-11-05": 4, "2026-11-06": 5, "2026-11-07": 2,
    "2026-11-08": 2, "2026-11-09": 6, "2026-11-10": 5,
}  # fmt: skip
ORDERS_BY_SES = {
    # day: order confirmations and password resets, which Pinpoint sent before
    "2026-10-30": 5, "2026-10-31": 3, "2026-11-01": 3, "2026-11-02": 5, "2026-11-03": 4,
    "2026-11-04": 5, "2026-11-05": 4, "2026-11-06": 4, "2026-11-07": 3, "2026-11-08": 3,
    "2026-11-09": 6, "2026-11-10": 6,
}  # fmt: skip
JOINING_BY_SES = {
    # day: people who enter the welcome journey, by the shop's own scheduler now
    "2026-10-30": 3, "2026-10-31": 2, "2026-11-01": 2, "2026-11-02": 3, "2026-11-03": 3,
    "2026-11-04": 2, "2026-11-05": 3, "2026-11-06": 3, "2026-11-07": 2, "2026-11-08": 2,
    "2026-11-09": 3, "2026-11-10": 3,
}  # fmt: skip


@dataclass(frozen=True)
class SesRun:
    """One mailing through SES: the tag ``campaign``, when, and to whom."""

    campaign: str
    name: str
    start: str
    subscribers: tuple[int, int]
    subject: str
    links: tuple[str, ...]


SES_RUNS = (
    SesRun(
        NEWSLETTER.id, "news-3", "2026-11-02 07:00", (0, 51),
        "Rain or shine, we ship \N{UMBRELLA}", NEWSLETTER.links,
    ),
    SesRun(
        NEWSLETTER.id, "news-4", "2026-11-09 07:00", (0, 47),
        "Wool, down, fleece: which one is yours?", NEWSLETTER.links,
    ),
    SesRun(
        SINGLES_DAY, "singles", "2026-11-10 12:00", (60, 99),
        "11.11. comes early \N{PARTY POPPER}",
        ("https://shop.example.com/1111", "https://shop.example.com/1111/coats"),
    ),
)  # fmt: skip

FLASH_SALE_ACTIVITY = "0c1d2e3f4a5b4c6d8e7f90a1b2c3d406"
FLASH_SALE_START = "2026-10-23 15:00"
FLASH_SALE_NUMBERS = 170
CODES_BY_TEXT = {
    # day: one-time codes through End User Messaging, on trial until the change
    "2026-10-27": 2, "2026-10-28": 2, "2026-10-29": 2, "2026-10-30": 4, "2026-10-31": 3,
    "2026-11-01": 3, "2026-11-02": 5, "2026-11-03": 4, "2026-11-04": 4, "2026-11-05": 5,
    "2026-11-06": 4, "2026-11-07": 3, "2026-11-08": 3, "2026-11-09": 5, "2026-11-10": 5,
}  # fmt: skip
SINGLES_DAY_TEXTS = "2026-11-10 15:00"
SINGLES_DAY_NUMBERS = 36
SINGLES_DAY_PICTURES = 6
PARCELS_BY_WHATSAPP = {
    # day: parcel notices from a template
    "2026-11-04": 3, "2026-11-05": 4, "2026-11-06": 4, "2026-11-07": 2, "2026-11-08": 2,
    "2026-11-09": 4, "2026-11-10": 4,
}  # fmt: skip
SINGLES_DAY_CHATS = "2026-11-10 18:00"
SINGLES_DAY_READERS = 16
RAW_DELIVERY = ("2026-11-07 00:00", "2026-11-08 00:00")
"""While the topic handed the service's own object on, without an envelope."""
PILOT = ("2026-11-05 00:00", "2026-11-08 00:00")
"""While the engagement database was tried."""
PREVIEW_ACTIVITY = "0c1d2e3f4a5b4c6d8e7f90a1b2c3d407"
PREVIEW_START = "2026-10-27 17:00"
PREVIEW_DEVICES = 110
APP_USERS = 24

RENAMED_AT = "2026-10-22 08:30:00"
NAMES = (
    # kind, id, name, valid_from, deleted, segment_id, event_name
    ("campaign", NEWSLETTER.id, "Autumn news", "", "", SUBSCRIBER_NEWS, ""),
    ("campaign", NEWSLETTER.id, "Autumn newsletter", RENAMED_AT, "", SUBSCRIBER_NEWS, ""),
    ("campaign", COATS.id, "Winter coats, A/B", "", "", COAT_BUYERS, ""),
    ("campaign", CLEARANCE.id, "Summer clearance", "", "", SUBSCRIBER_NEWS, ""),
    ("campaign", CLEARANCE.id, "", "2026-10-15", "true", "", ""),
    ("campaign", FLASH_SALE.id, "Flash sale", "", "", SUBSCRIBER_NEWS, ""),
    ("campaign", PREVIEW_PUSH.id, "November preview", "", "", SUBSCRIBER_NEWS, ""),
    ("campaign", SIZE_GUIDE_IN_APP.id, "Size guide", "", "", "", "size_chart_opened"),
    # the campaign to the leads of a fair was never written down
    ("campaign", SINGLES_DAY, "Singles' Day", "", "", SUBSCRIBER_NEWS, ""),
    ("journey", WELCOME, "Welcome", "", "", NEW_CUSTOMERS, ""),
    ("journey", WIN_BACK, "Win back", "", "", SUBSCRIBER_NEWS, ""),
    ("segment", SUBSCRIBER_NEWS, "Newsletter subscribers", "", "", "", ""),
    ("segment", COAT_BUYERS, "Bought a coat before", "", "", "", ""),
    ("segment", COAT_BUYERS, "Bought a coat before", "2026-10-24 10:00:00", "true", "", ""),
    ("segment", FAIR_VISITORS, "Fair visitors", "", "", "", ""),
    ("segment", NEW_CUSTOMERS, "New customers, 30 days", "", "", "", ""),
)
