"""Records of Amazon Pinpoint: the stream's own JSON, and what conversion to Parquet makes of it."""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dueng_analytics.simulate import kinds, world
from dueng_analytics.simulate.mailings import Run
from dueng_analytics.simulate.nested_arrays import (
    STRINGS,
    lists,
    maps,
    nulls,
    of_codes,
    offsets_of,
    repeated,
    struct,
)
from dueng_analytics.simulate.rows import Rows
from dueng_analytics.simulate.text_arrays import Numbers, chosen, hex_ids, mixed, uuids

MEAN_BYTES = 1_300
STREAM = "shop-pinpoint-PinpointEventFirehose-Qx7Lm2"
MAIL_TYPES = (
    "_email.send", "_email.delivered", "_email.open", "_email.click", "_email.unsubscribe",
    "_email.hardbounce", "_email.softbounce", "_email.complaint", "_email.rejected",
    "_email.rendering_failure",
)  # fmt: skip
TEXT_TYPES = ("_SMS.BUFFERED", "_SMS.SUCCESS", "_SMS.FAILURE", "_SMS.OPTOUT")
_TYPES = pa.array(kinds.EVENT_TYPES)
_WORDS = {
    "_email.send": "received",
    "_email.delivered": "delivered",
    "_email.open": "opened",
    "_email.hardbounce": "hardbounce",
    "_email.softbounce": "softbounce",
    "_email.complaint": "complaint",
    "_email.rejected": "rejected",
    "_email.rendering_failure": "rendering_failure",
}
_DETAILS = 32
_CHANNEL_TYPES = {"email": "EMAIL", "sms": "SMS", "push": "GCM"}


class Context(NamedTuple):
    """What tells one map of attributes from another."""

    run: Run
    treatment: int
    event_type: str
    detail: int


def context_codes(rows: Rows) -> Numbers:
    """A number for each distinct map of attributes that has no id of a message in it."""
    has_detail = rows.has_type("_email.click", "_email.unsubscribe", "_campaign.send")
    detail = np.where(has_detail, rows.records["detail"], 0)
    codes: Numbers = (rows.run_codes * 64 + rows.types) * _DETAILS + detail
    return codes


def context(rows: Rows, code: int) -> Context:
    """What the attributes are made from that have this number."""
    rest, detail = divmod(code, _DETAILS)
    rest, event_type = divmod(rest, 64)
    run, treatment = divmod(rest, 2)
    return Context(rows.run_of(run), treatment, kinds.EVENT_TYPES[event_type], detail)


def _origin_attributes(run: Run, treatment: int) -> dict[str, str | None]:
    if run.origin == kinds.CAMPAIGN:
        return {
            "campaign_id": run.campaign,
            "campaign_activity_id": run.activity,
            "treatment_id": str(treatment),
        }
    if run.origin == kinds.JOURNEY:
        return {
            "journey_id": run.journey,
            "journey_run_id": run.journey_run,
            "journey_activity_id": run.step,
        }
    return {}


def attributes_of(context: Context) -> dict[str, str | None]:
    """The attributes of a mail's event or of an announcement."""
    run, treatment, event_type, detail = context
    origin = _origin_attributes(run, treatment)
    if event_type == "_campaign.send":
        return {
            "campaign_send_status": kinds.SEND_STATUSES[detail],
            "campaign_type": None,
            "delivery_type": _CHANNEL_TYPES[kinds.CHANNELS[run.kind]],
            **origin,
        }
    if event_type == "_journey.send":
        return {
            "journey_activity_type": _CHANNEL_TYPES[kinds.CHANNELS[run.kind]],
            "journey_send_status": "SUCCESS",
            "journey_send_status_code": "200",
            "journey_send_status_message": "200",
            **origin,
        }
    if event_type in ("_email.click", "_email.unsubscribe"):
        return {"feedback": world.LINKS[detail], **origin}
    return {"feedback": _WORDS.get(event_type, ""), **origin}


def _endpoint(run: Run) -> str:
    """The endpoint as the text that an announcement holds."""
    return json.dumps(
        {
            "ChannelType": _CHANNEL_TYPES[kinds.CHANNELS[run.kind]],
            "EndpointStatus": "ACTIVE",
            "OptOut": "NONE",
            "EffectiveDate": "2026-08-01T09:30:00.000Z",
        },
        separators=(",", ":"),
    )


def custom_of(context: Context) -> dict[str, str]:
    """The custom part of a record's client context."""
    if context.event_type in ("_campaign.send", "_journey.send"):
        return {"endpoint": _endpoint(context.run)}
    if context.event_type in TEXT_TYPES:
        return {}
    return {"legacy_identifier": world.PROJECT}


class Clocks(NamedTuple):
    """Two times of each row, in milliseconds since 1970, UTC."""

    event_ms: Numbers
    arrival_ms: Numbers


def clocks_of(rows: Rows) -> Clocks:
    """The event's time and its arrival: those of a mail are the sending and what happened."""
    occurred = rows.records["occurred_ms"]
    is_mail, is_sms = rows.has_type(*MAIL_TYPES), rows.has_type(*TEXT_TYPES)
    return Clocks(
        np.where(is_mail, rows.messages["sent_ms"], occurred),
        np.select([is_mail, is_sms], [occurred, occurred - 410], occurred + 640),
    )


def text_attributes(rows: Rows) -> list[tuple[str, pa.Array]]:
    """The attributes of texts, in every row; those of other records mean nothing."""
    records, messages = rows.records, rows.messages
    count = rows.count
    buffered = rows.has_type("_SMS.BUFFERED")
    status = np.where(buffered, 0, np.minimum(records["detail"], 5)).astype(np.int32)

    def of_run(key: str) -> pa.Array:
        return of_codes(
            rows.run_codes,
            lambda code: _origin_attributes(rows.run_of(code // 2), code % 2).get(key),
            pa.string(),
        )

    ids = hex_ids("t3", messages["id_high"], messages["id_low"])
    return [
        (
            "sender_request_id",
            uuids(mixed(messages["id_low"], 8), mixed(messages["id_high"], 8)),
        ),
        ("destination_phone_number", rows.telephone_numbers),
        ("record_status", chosen(pa.array(kinds.OLDER_STATUSES), status)),
        (
            "iso_country_code",
            chosen(pa.array([one.code for one in world.COUNTRIES]), messages["country"]),
        ),
        (
            "number_of_message_parts",
            chosen(pa.array([str(number) for number in range(10)]), messages["parts"]),
        ),
        ("message_id", rows.named(ids)),
        ("message_type", repeated("Transactional", count)),
        (
            "origination_phone_number",
            chosen(
                pa.array([one.sender for one in world.COUNTRIES]), messages["country"], buffered
            ),
        ),
        *((key, of_run(key)) for key in ("campaign_id", "campaign_activity_id", "treatment_id")),
        *((key, of_run(key)) for key in ("journey_id", "journey_run_id", "journey_activity_id")),
    ]


def prices_millicents(messages: Numbers, free: Numbers) -> Numbers:
    """The price of texts that Pinpoint sent, in thousandths of a US cent."""
    per_part = np.array([round(one.older_price_usd * 1e5, 3) for one in world.COUNTRIES])
    prices = np.round(per_part[messages["country"]] * messages["parts"], 3)
    return np.where(free, 0.0, prices)


def text_prices(rows: Rows) -> pa.Array:
    """The price of each row in thousandths of a US cent, NULL where its record tells none."""
    invalid = rows.has_type("_SMS.FAILURE") & (
        rows.records["detail"] == kinds.OLDER_STATUSES.index("INVALID")
    )
    priced = rows.has_type("_SMS.BUFFERED", "_SMS.SUCCESS", "_SMS.FAILURE")
    return pa.array(prices_millicents(rows.messages, invalid), mask=~priced)


def parquet_table(rows: Rows) -> pa.Table:
    """The rows as Firehose's conversion writes them, for the table of a new lake."""
    count = rows.count
    clocks = clocks_of(rows)
    codes = context_codes(rows)
    is_sms = rows.has_type(*TEXT_TYPES)

    def attributes(code: int) -> list[tuple[str, str]]:
        # Conversion writes a JSON null in a map of texts as the text.
        return [
            (key, "null" if value is None else value)
            for key, value in attributes_of(context(rows, code)).items()
        ]

    texts = np.flatnonzero(is_sms)
    attribute_maps = of_codes(np.where(is_sms, codes[0], codes), attributes, STRINGS)
    if len(texts):
        only = Rows(rows.records[texts], rows.messages[texts], rows.book)
        places = np.arange(count)
        places[texts] = count + np.arange(len(texts))
        attribute_maps = pa.concat_arrays(
            [attribute_maps, maps(text_attributes(only), len(texts))]
        ).take(pa.array(places))
    customs = of_codes(codes, lambda code: list(custom_of(context(rows, code)).items()), STRINGS)
    empty = repeated([], count, STRINGS)
    return pa.table(
        {
            "event_type": chosen(_TYPES, rows.types),
            "event_timestamp": pa.array(clocks.event_ms),
            "arrival_timestamp": pa.array(clocks.arrival_ms),
            "event_version": repeated("3.1", count),
            "application": struct(app_id=repeated(world.PROJECT, count), sdk=empty),
            "client": struct(client_id=rows.endpoints, cognito_id=nulls(pa.string(), count)),
            "device": struct(platform=empty),
            "session": empty,
            "attributes": attribute_maps,
            # A text has no such object.
            "client_context": struct(~is_sms, custom=customs),
            "awsaccountid": repeated(world.ACCOUNT, count),
            "facets": _facets(rows),
            "metrics": struct(is_sms, price_in_millicents_usd=text_prices(rows)),
        }
    )


def _facets(rows: Rows) -> pa.Array:
    is_mail = rows.has_type(*MAIL_TYPES)
    count = rows.count
    records, messages = rows.records, rows.messages
    bounced = rows.has_type("_email.hardbounce", "_email.softbounce")
    complained = rows.has_type("_email.complaint")
    clicked = rows.has_type("_email.click", "_email.unsubscribe")
    delivered = rows.has_type("_email.delivered")
    empty = repeated([], count, STRINGS)
    one_address = struct(email_address=rows.told_addresses)
    bounces = [pa.array([bounce[at] for bounce in kinds.BOUNCES]) for at in range(4)]
    detail = np.where(bounced, records["detail"], 0)
    told_detail = np.repeat(detail, rows.told_counts)
    actions = repeated("failed", len(told_detail))
    unsubscribes = clicked & (records["detail"] == world.UNSUBSCRIBE_LINK)
    feedback = rows.feedback_ids(np.flatnonzero(bounced | complained))
    mail_event = struct(
        is_mail,
        mail=struct(
            is_mail,
            message_id=rows.named(rows.mail_ids),
            message_send_timestamp=pa.array(messages["sent_ms"]),
            from_address=rows.senders,
            destination=rows.destinations,
            headers_truncated=repeated(False, count),
            headers=_headers(rows),
            common_headers=struct(
                **{"from": rows.senders, "to": rows.destinations, "subject": rows.subjects}
            ),
        ),
        # An empty object
        send=_where(rows.has_type("_email.send"), empty),
        delivery=struct(
            delivered,
            smtp_response=rows.responses,
            reporting_mta=repeated("a8-53.smtp-out.example.net", count),
            recipients=lists(rows.told_addresses, rows.told_counts),
            processing_time_millis=pa.array(
                np.where(delivered, records["occurred_ms"] - messages["sent_ms"], 0).astype(
                    np.int32
                )
            ),
        ),
        open=struct(
            rows.has_type("_email.open"), ip_address=rows.ip_addresses, user_agent=rows.agents
        ),
        click=struct(
            clicked,
            ip_address=rows.ip_addresses,
            user_agent=rows.agents,
            link=rows.clicked_links,
            link_tags=struct(
                unsubscribes,
                unsubscribelinktag=lists(
                    repeated("footer", int(unsubscribes.sum())), unsubscribes.astype(np.int64)
                ),
            ),
        ),
        reject=struct(rows.has_type("_email.rejected"), reason=repeated("Bad content", count)),
        complaint=struct(
            complained,
            complained_recipients=lists(one_address, rows.told_counts),
            feedback_id=feedback,
            user_agent=repeated("Example-FBL/1.0", count),
            complaint_feedback_type=chosen(
                pa.array(kinds.COMPLAINTS), np.where(complained, records["detail"], 0)
            ),
        ),
        bounce=struct(
            bounced,
            bounce_type=chosen(bounces[0], detail),
            bounce_sub_type=chosen(bounces[1], detail),
            bounced_recipients=lists(
                struct(
                    email_address=rows.told_addresses,
                    action=actions,
                    status=chosen(bounces[2], told_detail),
                    diagnostic_code=chosen(bounces[3], told_detail),
                ),
                rows.told_counts,
            ),
            feedback_id=feedback,
            reporting_mta=repeated("dns; a8-71.smtp-out.example.net", count),
        ),
    )
    return struct(is_mail, email_channel=struct(is_mail, mail_event=mail_event))


def _where(present: Numbers, values: pa.Array) -> pa.Array:
    return values.take(pa.array(np.zeros(len(present), dtype=np.int32), mask=~present))


def has_subject(rows: Rows) -> Numbers:
    """The sends of campaigns lack the header."""
    lacking: Numbers = rows.has_type("_email.send") & (rows.messages["origin"] == kinds.CAMPAIGN)
    return ~lacking


def _headers(rows: Rows) -> pa.Array:
    """The headers From, To and Subject, each a map of its name and value."""
    count = rows.count
    words = pa.array(["From", "To", "Subject"])
    senders, subjects = rows.book.senders, rows.book.subjects
    to = pc.binary_join(rows.destinations, ", ")
    values = pa.concat_arrays([words, senders, subjects, to])
    run = rows.messages["run"].astype(np.int64)
    first_subject = 3 + len(senders)
    first_to = first_subject + len(subjects)
    codes = np.empty((count, 6), dtype=np.int64)
    codes[:, 0], codes[:, 2], codes[:, 4] = 0, 1, 2
    codes[:, 1] = 3 + run
    codes[:, 3] = first_to + np.arange(count)
    codes[:, 5] = first_subject + run
    headers = np.where(has_subject(rows), 3, 2)
    kept = codes[np.arange(6) < 2 * headers[:, None]]
    total = int(headers.sum())
    names = pa.array(["name", "value"]).take(pa.array(np.tile([0, 1], total).astype(np.int32)))
    header_maps = pa.MapArray.from_arrays(
        pa.array(np.arange(0, 2 * total + 1, 2, dtype=np.int32)),
        names,
        values.take(pa.array(kept)),
    )
    return pa.ListArray.from_arrays(pa.array(offsets_of(headers)), header_maps)
