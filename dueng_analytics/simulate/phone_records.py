"""Records of End User Messaging: texts, and statuses of WhatsApp messages."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dueng_analytics.simulate import kinds, world
from dueng_analytics.simulate.nested_arrays import (
    STRINGS,
    nulls,
    of_codes,
    rendered_by_kind,
    repeated,
    struct,
)
from dueng_analytics.simulate.phone_life import FREE_FAILURES
from dueng_analytics.simulate.rows import SENDERS, Rows
from dueng_analytics.simulate.text_arrays import (
    Numbers,
    chosen,
    decimal,
    fixed_text,
    hex_ids,
    iso_moments,
    joined,
    mixed,
    number_text,
)

TEXT_BYTES, CHAT_BYTES = 800, 800
TEXT_STREAM, CHAT_STREAM = "shop-sms-SmsEventFirehose-Lk29xv", "shop-whatsapp-Tz58hn"
_TYPES = pa.array(kinds.EVENT_TYPES)
_STATUSES = pa.array([name.removeprefix("TEXT_") for name in kinds.EVENT_TYPES])
_SENTENCES = {
    "TEXT_QUEUED": "Message is queued for delivery",
    "TEXT_PENDING": "Message is pending delivery",
    "TEXT_SUCCESSFUL": "Message has been accepted by phone carrier",
    "TEXT_DELIVERED": "Message has been accepted by phone",
    "TEXT_INVALID": "Invalid phone number",
    "TEXT_UNREACHABLE": "Phone is currently unreachable/unavailable",
    "TEXT_CARRIER_BLOCKED": "Phone carrier has blocked this message",
    "TEXT_BLOCKED": "Phone has blocked SMS",
    "TEXT_SPAM": "Message was blocked as spam",
    "TEXT_TTL_EXPIRED": "The delivery TTL has expired",
    "TEXT_UNKNOWN": "An unknown error occurred",
}
_DESCRIPTIONS = pa.array([_SENTENCES.get(name, "") for name in kinds.EVENT_TYPES])
_PROTECT = "protect-0123456789abcdef0123456789abcdef"
_COUNTRIES = world.COUNTRIES


def prices_usd(messages: Numbers, free: Numbers) -> tuple[Numbers, Numbers]:
    """Price and carrier fee of texts of End User Messaging, in USD; nothing where ``free``."""
    prices = np.array([country.price_usd for country in _COUNTRIES])[messages["country"]]
    fees = np.array([country.fee_usd for country in _COUNTRIES])[messages["country"]]
    return (
        np.where(free, 0.0, np.round(prices * messages["parts"], 6)),
        np.where(free, 0.0, np.round(fees * messages["parts"], 6)),
    )


def _is_final(rows: Rows) -> Numbers:
    early = rows.has_type("TEXT_QUEUED", "TEXT_PENDING")
    last_word = rows.has_type("TEXT_SUCCESSFUL") & (rows.records["detail"] == 0)
    final: Numbers = ~early & ~last_word
    return final


def _context(rows: Rows, code: int) -> dict[str, str]:
    """What the sender attached."""
    run, treatment = rows.run_of(code // 2), code % 2
    if run.campaign:
        return {"campaignId": run.campaign, "treatmentId": str(treatment)}
    return {"journeyId": run.journey} if run.journey else {}


def _text_columns(rows: Rows) -> dict[str, pa.Array]:
    """The columns of texts that both forms hold, by their names in JSON."""
    free = np.isin(rows.types, FREE_FAILURES)
    prices, fees = prices_usd(rows.messages, free)
    country = rows.messages["country"]

    def of_country(name: str) -> pa.Array:
        return chosen(pa.array([getattr(one, name) for one in _COUNTRIES]), country)

    return {
        "eventType": chosen(_TYPES, rows.types),
        "eventTimestamp": pa.array(rows.records["occurred_ms"]),
        "messageRequestTimestamp": pa.array(rows.messages["sent_ms"]),
        "isFinal": chosen(pa.array(["false", "true"]), _is_final(rows)),
        "originationPhoneNumber": chosen(SENDERS, country),
        "destinationPhoneNumber": rows.telephone_numbers,
        "isoCountryCode": of_country("code"),
        "mcc": of_country("mcc"),
        "mnc": of_country("mnc"),
        "carrierName": of_country("carrier"),
        "messageId": rows.named(rows.uuids),
        "messageStatus": chosen(_STATUSES, rows.types),
        "messageStatusDescription": chosen(_DESCRIPTIONS, rows.types),
        "totalMessageParts": pa.array(rows.messages["parts"].astype(np.int32)),
        "totalMessagePrice": pa.array(prices),
        "totalCarrierFee": pa.array(fees),
    }


def text_table(rows: Rows) -> pa.Table:
    """Texts as Firehose's conversion writes them, for the table of a new lake."""
    count = rows.count
    own = {name.lower(): column for name, column in _text_columns(rows).items()}
    contexts = of_codes(
        rows.run_codes,
        lambda code: [(key.lower(), value) for key, value in _context(rows, code).items()] or None,
        STRINGS,
    )
    text, number = pa.string(), pa.int32()
    assessment = pa.struct(
        {
            "protectrecommendation": text,
            "protectinsights": pa.struct({"blockreason": text}),
        }
    )
    return pa.table(
        {
            **own,
            "eventversion": repeated("1.0", count),
            "messageencoding": repeated("GSM", count),
            "messagetype": repeated("TRANSACTIONAL", count),
            "context": contexts,
            "isinternationalsend": pa.array(rows.messages["country"] > 0),
            "protectconfiguration": struct(
                protectconfigurationid=repeated(_PROTECT, count),
                protectstatus=repeated("ALLOW", count),
            ),
            "protectconfigurationassessment": nulls(assessment, count),
            "contenttype": nulls(text, count),
            "calldurationinseconds": nulls(number, count),
            "totaldurationinminutes": nulls(number, count),
            "rcsbusinessid": nulls(text, count),
            "agentisocountrycode": nulls(text, count),
            "rcsmetadata": nulls(pa.struct({"billingeventtype": text}), count),
            "conversationinitiatingmessageid": nulls(text, count),
            "conversationinitiatingmessagetype": nulls(text, count),
            "conversationsessionfee": nulls(pa.float64(), count),
            "originationnumber": nulls(text, count),
        }
    )


_TEXT_LINE = (
    '{"eventType":"«eventType»","eventVersion":"1.0","eventTimestamp":«eventTimestamp»,'
    '"isFinal":«isFinal»,"originationPhoneNumber":"«originationPhoneNumber»",'
    '"destinationPhoneNumber":"«destinationPhoneNumber»","isoCountryCode":"«isoCountryCode»",'
    '"isInternationalSend":«isInternationalSend»,"mcc":"«mcc»","mnc":"«mnc»",'
    '"carrierName":"«carrierName»","messageId":«messageId»,'
    '"messageRequestTimestamp":«messageRequestTimestamp»,"messageEncoding":"GSM",'
    '"messageType":"TRANSACTIONAL","messageStatus":"«messageStatus»",'
    '"messageStatusDescription":"«messageStatusDescription»",«context»'
    '"totalMessageParts":«totalMessageParts»,"totalMessagePrice":«totalMessagePrice»,'
    '"totalCarrierFee":«totalCarrierFee»,"protectConfiguration":{"protectConfigurationId":"'
    + _PROTECT
    + '","protectStatus":"ALLOW"}}\n'
)


def text_lines(rows: Rows) -> pa.Array:
    """Texts as the service writes them, each with its line break."""
    columns = _text_columns(rows)
    for name, column in columns.items():
        columns[name] = column.cast(pa.string())
    columns["messageId"] = joined('"', columns["messageId"], '"').fill_null("null")
    columns["isInternationalSend"] = chosen(
        pa.array(["false", "true"]), rows.messages["country"] > 0
    )
    columns["context"] = of_codes(rows.run_codes, lambda code: _member(_context(rows, code)),
                                  pa.string())  # fmt: skip
    return rendered_by_kind(np.zeros(rows.count, dtype=np.uint8), {0: _TEXT_LINE}, columns)


def _member(context: dict[str, str]) -> str:
    return f'"context":{json.dumps(context, separators=(",", ":"))},' if context else ""


# --- WhatsApp -------------------------------------------------------------------------------------

_WABA = "503131219500000"
_NUMBER_ID = "462716690000000"
_ARN = f"arn:aws:social-messaging:us-east-1:{world.ACCOUNT}"
_CONTEXT = {
    "MetaWabaIds": [{"wabaId": _WABA, "arn": f"{_ARN}:waba/fb2594b8a7974770b128a409e2a00000"}],
    "MetaPhoneNumberIds": [
        {
            "metaPhoneNumberId": _NUMBER_ID,
            "arn": f"{_ARN}:phone-number-id/976c72a700aac43eaf573ae050a00000",
        }
    ],
}
_ENTRY = (
    '{"id":"' + _WABA + '","changes":[{"value":{"messaging_product":"whatsapp","metadata":'
    '{"display_phone_number":"12065550100","phone_number_id":"' + _NUMBER_ID + '"},"statuses":'
    '[{«id»"status":"«status»","timestamp":"«seconds»","recipient_id":"«recipient»"«more»}]},'
    '"field":"messages"}]}'
)
_CHAT_LINE = (
    '{"context":' + json.dumps(_CONTEXT, separators=(",", ":")) + ',"whatsAppWebhookEntry":"'
    + _ENTRY.replace('"', '\\"')
    + '","aws_account_id":"' + world.ACCOUNT + '","message_timestamp":"«received»"«header_id»}\n'
)  # fmt: skip
_PRICING = (
    ',"pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"utility"}'
)
_ERROR = (
    ',"errors":[{"code":131026,"title":"Message undeliverable","message":"Message undeliverable",'
    '"error_data":{"details":"Message Undeliverable."}}]'
)


def _callback(rows: Rows, code: int) -> str:
    """What the sender attached: a text with the campaign or journey in it."""
    attached = _context(rows, code)
    if not attached:
        return ""
    text = json.dumps(attached, separators=(",", ":")).replace('"', '\\"')
    return f',"biz_opaque_callback_data":"{text}"'


def _chat_columns(rows: Rows) -> dict[str, pa.Array]:
    """The values of a status, as they are written into the entry."""
    extra = np.select([rows.has_type("read"), rows.has_type("failed")], [0, 2], 1)
    codes = rows.run_codes * 4 + extra
    ids = hex_ids("wamid.HBgL", rows.messages["id_high"], rows.messages["id_low"], "AA==")
    id_member = joined('"id":"', rows.named(ids), '",').fill_null("")
    numbers = rows.telephone_numbers
    return {
        "id": id_member,
        "status": chosen(_TYPES, rows.types),
        "seconds": number_text(rows.records["occurred_ms"] // 1_000),
        "recipient": pc.utf8_slice_codeunits(numbers, 1),
        "more": of_codes(
            codes,
            lambda code: (
                ("", _PRICING, _ERROR)[code % 4]
                + (_callback(rows, code // 4) if code % 4 == 1 else "")
            ),
            pa.string(),
        ),
        "received": _received(rows),
        # The service's own id would name the message as well.
        "uuid": rows.named(rows.uuids),
    }


def _received(rows: Rows) -> pa.Array:
    nanoseconds = decimal(mixed(rows.records["number"], 9) % np.uint64(10**6), 6)
    return joined(iso_moments(rows.records["occurred_ms"] + 240, ""), fixed_text(nanoseconds), "Z")


def chat_table(rows: Rows) -> pa.Table:
    """Statuses as Firehose's conversion writes them, for the table of a new lake."""
    count = rows.count
    columns = _chat_columns(rows)
    entry = rendered_by_kind(np.zeros(count, dtype=np.uint8), {0: _ENTRY}, columns)
    text = pa.string()
    contexts = {
        key.lower(): [{name.lower(): value for name, value in one.items()} for one in entries]
        for key, entries in _CONTEXT.items()
    }
    kind = pa.struct(
        {
            "metawabaids": pa.list_(pa.struct({"wabaid": text, "arn": text})),
            "metaphonenumberids": pa.list_(pa.struct({"metaphonenumberid": text, "arn": text})),
        }
    )
    error = pa.struct(
        {
            "code": text,
            "title": text,
            "message": text,
            "error_data": pa.struct({"details": text}),
        }
    )
    detail = pa.struct(
        {
            **dict.fromkeys(
                ("wabaid", "originationphonenumber", "originationphonenumberid", "messageid",
                 "status", "eventtimestamp"), text
            ),
            "errors": pa.list_(error),
        }
    )  # fmt: skip
    absent = ("type", "topicarn", "message", "timestamp", "version", "id", "detail_type",
              "source", "account", "time", "region")  # fmt: skip
    return pa.table(
        {
            "context": repeated(contexts, count, kind),
            "whatsappwebhookentry": entry,
            "aws_account_id": repeated(world.ACCOUNT, count),
            "message_timestamp": columns["received"],
            "messageid": columns["uuid"],
            **{name: nulls(text, count) for name in absent},
            "resources": nulls(pa.list_(text), count),
            "detail": nulls(detail, count),
        }
    )


def chat_lines(rows: Rows) -> pa.Array:
    """Statuses as the service's header holds them, each with its line break."""
    columns = _chat_columns(rows)
    columns["header_id"] = joined(',"messageId":"', columns["uuid"], '"').fill_null("")
    columns |= {
        name: pc.replace_substring(pc.replace_substring(columns[name], "\\", "\\\\"), '"', '\\"')
        for name in ("id", "more")
    }
    return rendered_by_kind(np.zeros(rows.count, dtype=np.uint8), {0: _CHAT_LINE}, columns)
