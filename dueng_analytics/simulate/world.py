"""Who gets messages, and what they answer with: domains, countries, agents, links, names.

Addresses lie in domains and numbers in ranges that belong to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

ACCOUNT = "111122223333"
PROJECT = "5c0ffee05c0ffee05c0ffee05c0ffee0"
SENDER_DOMAIN = "news.shop.example"
CONFIGURATION_SETS = ("marketing", "transactional")
SIMULATOR = "simulator.amazonses.com"


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain of recipients, and how often what happens to a mail there.

    Attributes:
        share: of all recipients.
        closed: of its accounts, that exist no more.
        full: of its mails, to a mailbox without room.
        proxied: of its people, whose pictures a proxy fetches for privacy.
        scanned: of its people, whose links a scanner follows.
        interest: how likely people there open, as a factor.
    """

    name: str
    share: float
    closed: float = 0.008
    full: float = 0.004
    proxied: float = 0.01
    scanned: float = 0.01
    interest: float = 1.0


DOMAINS = (
    Domain("freemail.example", 0.290),
    Domain("example.com", 0.110, full=0.006),
    Domain("post.example", 0.120, interest=0.9),
    Domain("example.net", 0.060),
    Domain("example.org", 0.050, interest=1.2),
    Domain("orchard.example", 0.180, proxied=0.75, closed=0.004),
    Domain("mailbox.example", 0.040, full=0.16, interest=0.6),
    Domain("kontor.example", 0.060, scanned=0.85, interest=1.3),
    Domain("campus.example", 0.048, scanned=0.45, closed=0.03),
    Domain("verlag.example", 0.020, closed=0.45, interest=0.4),
    Domain("gallery.example", 0.018, proxied=0.3, interest=1.4),
    Domain(SIMULATOR, 0.004, closed=0.0, full=0.0, proxied=0.0, scanned=0.0),
)
SIMULATOR_CODE = len(DOMAINS) - 1
# what the mailbox of Amazon's simulator is called decides what becomes of the mail
SIMULATED = ("success", "bounce", "complaint", "suppressionlist")


@dataclass(frozen=True, slots=True)
class Country:
    """A country, its prices of one part in USD, and numbers there that belong to nobody.

    Attributes:
        prefix: of the numbers, behind which ``digits`` digits follow from ``first`` on.
        older_price_usd: of one part by way of Pinpoint.
        receipts: whether handsets confirm; else the carrier's word is the last.
    """

    code: str
    share: float
    price_usd: float
    fee_usd: float
    older_price_usd: float
    sender: str
    prefix: str
    digits: int
    first: int
    count: int
    mcc: str
    mnc: str
    carrier: str
    receipts: bool


COUNTRIES = (
    Country("US", 0.42, 0.00581, 0.00302, 0.00645, "+18445550123",
            "+12065550", 3, 100, 100, "310", "800", "Example Wireless", True),
    Country("GB", 0.20, 0.0408, 0.0, 0.0395, "EXAMPLE",
            "+447700900", 3, 0, 1000, "234", "05", "Example Cellular", True),
    Country("DE", 0.18, 0.0962, 0.0, 0.0945, "EXAMPLE",
            "+4917139200", 2, 0, 100, "262", "01", "Beispiel Mobil", True),
    Country("FR", 0.14, 0.0721, 0.0, 0.0703, "EXAMPLE",
            "+3363998", 4, 0, 10000, "208", "10", "Exemple Mobile", False),
    Country("SE", 0.06, 0.0547, 0.0, 0.0531, "EXAMPLE",
            "+467017406", 2, 5, 95, "240", "07", "Exempel Mobil", True),
)  # fmt: skip

# Agents by number. The first is the bare one of proxies; some people have it too. Of the scanners'
# some say what they are and some do not; with the library a mail program fetches pictures too.
BARE_AGENT = 0
PEOPLE_AGENTS = (1, 2, 3, 4, 5)
PICTURE_PROXY = 6
LIBRARY_AGENT = 10
SCANNER_AGENTS = (7, 8, 9, LIBRARY_AGENT, 11, 12, 13)
SCANNER_SHARES = (0.3, 0.2, 0.15, 0.05, 0.12, 0.1, 0.08)
BOT_LIKE_PHONE, MAIL_APP, OFFICE_PROGRAM = 14, 15, 16
RARE_BROWSERS = (17, 18)
NO_BROWSERS = (PICTURE_PROXY, LIBRARY_AGENT, MAIL_APP, OFFICE_PROGRAM)
AGENTS = (
    "Mozilla/5.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.0 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0 (compatible; ExampleMailScanner/3.2; +https://scanner.example)",
    "python-requests/2.32.3",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " HeadlessChrome/140.0.0.0 Safari/537.36",
    "okhttp/4.12.0",
    "Mozilla/5.0 (compatible; ExampleMailGuard/1.4)",
    "axios/1.7.9",
    "Mozilla/5.0 (compatible; ExampleLinkCheck/2.1; +https://check.example/about)",
    "Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Mobile Safari/537.36",
    "ExampleMail/8.2.1 (Android 15)",
    "Mozilla/4.0 (compatible; ms-office; MSOffice rmj)",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
    "Opera/9.80 (Android; Opera Mini/36.2/191.256; U; en) Presto/2.12.423 Version/12.16",
)

LINK_COUNT = 12
UNSUBSCRIBE_LINK = LINK_COUNT
LINKS = (
    *(f"https://shop.example/p/{number:02d}" for number in range(LINK_COUNT)),
    "https://shop.example/unsubscribe",
)

FIRST_NAMES = (
    "anna", "Ben", "clara", "david", "elif", "finn", "greta", "Hugo", "ida", "jonas", "klara",
    "luca", "mia", "nils", "olga", "petra", "quentin", "rosa", "samuel", "tara", "ugo", "vera",
    "walter", "xenia", "yara", "zoe", "amir", "Bea", "cem", "dora", "emil", "fatma",
)  # fmt: skip
LAST_NAMES = (
    "arnold", "bauer", "costa", "diaz", "evans", "frank", "garcia", "haas", "ito", "jansen",
    "kern", "lang", "meyer", "nowak", "olsen", "peters", "quint", "rossi", "silva", "Turner",
    "ulrich", "vogel", "weiss", "yilmaz", "zimmer", "abbas", "brandt", "cohen", "dubois", "eder",
    "fischer", "grant",
)  # fmt: skip

SUBJECTS = (
    "Autumn favourites 🍁", "Last warm days, new boots", "Fünf Tipps für kalte Tage",
    "Your October picks", "Only this weekend", "New in: wool", "Die besten Jacken", "Back in stock",
)  # fmt: skip
STEP_SUBJECTS = ("Welcome to Example Outfitters", "How do you like it?", "We have missed you")
NOTICES = ("order-confirmation", "parcel-notice", "password-reset", "invoice")
NOTICE_SUBJECTS = (
    "Your order", "Your parcel is on its way", "Reset your password", "Your invoice",
)  # fmt: skip
TENANTS = ("shop-us", "shop-eu", "partner-1")
# weight of each hour of the day, UTC
HOURS = (
    2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 10, 10, 9, 9, 10, 11, 12, 11, 9, 7, 5, 3,
)  # fmt: skip
