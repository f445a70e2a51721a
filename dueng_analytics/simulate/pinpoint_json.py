"""Records of Amazon Pinpoint as JSON lines."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dueng_analytics.simulate import kinds, world
from dueng_analytics.simulate.nested_arrays import lists, of_codes, rendered_by_kind
from dueng_analytics.simulate.pinpoint_records import (
    MAIL_TYPES,
    TEXT_TYPES,
    attributes_of,
    clocks_of,
    context,
    context_codes,
    custom_of,
    has_subject,
    text_attributes,
    text_prices,
)
from dueng_analytics.simulate.rows import Rows
from dueng_analytics.simulate.text_arrays import chosen, number_text

_HEAD = (
    '{"event_type":"TYPE","event_timestamp":«event_ms»,"arrival_timestamp":«arrival_ms»,'
    '"event_version":"3.1","application":{"app_id":"' + world.PROJECT + '","sdk":{}},'
    '"client":{"client_id":"«endpoint»"},"device":{"platform":{}},"session":{},'
    '"attributes":«attributes»,'
)
_CUSTOM = '"client_context":«custom»'
_ACCOUNT = ',"awsAccountId":"' + world.ACCOUNT + '"}\n'
_MAIL = (
    ',"facets":{"email_channel":{"mail_event":{"mail":{«mail_id»"message_send_timestamp":«event_ms»,'
    '"from_address":"«sender»","destination":["«destination»"],"headers_truncated":false,"headers":'
    '[{"name":"From","value":"«sender»"},{"name":"To","value":"«to»"}«subject_header»],'
    '"common_headers":{"from":"«sender»","to":["«destination»"],"subject":"«subject»"}},OBJECT}}}'
)
_CLICK = '"click":{"ip_address":"«ip»","user_agent":"«agent»","link":"«link»"TAGS}'
_BOUNCE = (
    '"bounce":{"bounce_type":"«bounce_type»","bounce_sub_type":"«bounce_sub_type»",'
    '"bounced_recipients":[{"email_address":"«told»","action":"failed","status":"«status»",'
    '"diagnostic_code":"«diagnostic»"}],"feedback_id":"«feedback»",'
    '"reporting_mta":"dns; a8-71.smtp-out.example.net"}'
)
_OBJECTS = {
    "_email.send": '"send":{}',
    "_email.delivered": '"delivery":{"smtp_response":"«response»",'
    '"reporting_mta":"a8-53.smtp-out.example.net","recipients":["«told»"],'
    '"processing_time_millis":«processing»}',
    "_email.open": '"open":{"ip_address":"«ip»","user_agent":"«agent»"}',
    "_email.click": _CLICK.replace("TAGS", ""),
    "_email.unsubscribe": _CLICK.replace("TAGS", ',"link_tags":{"unsubscribeLinkTag":["footer"]}'),
    "_email.hardbounce": _BOUNCE,
    "_email.softbounce": _BOUNCE,
    "_email.complaint": '"complaint":{"complained_recipients":[{"email_address":"«told»"}],'
    '"feedback_id":"«feedback»","user_agent":"Example-FBL/1.0",'
    '"complaint_feedback_type":"«complaint»"}',
    "_email.rejected": '"reject":{"reason":"Bad content"}',
    "_email.rendering_failure": '"rendering_failure":{"error_message":'
    '"Attribute \'FirstName\' is not present in the rendering data.","template_name":"Welcome"}',
}


def _template(event_type: str) -> str:
    head = _HEAD.replace("TYPE", event_type)
    if event_type in TEXT_TYPES:
        metrics = '"metrics":{"price_in_millicents_usd":«price»}'
        return (
            head
            + ("" if event_type == "_SMS.OPTOUT" else metrics)
            + _ACCOUNT.lstrip("," if event_type == "_SMS.OPTOUT" else "")
        )
    if event_type in MAIL_TYPES:
        return head + _CUSTOM + _MAIL.replace("OBJECT", _OBJECTS[event_type]) + _ACCOUNT
    return head + _CUSTOM + _ACCOUNT


_TEMPLATES = {number: _template(kinds.EVENT_TYPES[number]) for number in range(kinds.TYPE["Send"])}


def lines(rows: Rows) -> pa.Array:
    """The rows as the stream writes them, each with its line break."""
    count = rows.count
    clocks = clocks_of(rows)
    codes = context_codes(rows)
    is_sms = rows.has_type(*TEXT_TYPES)

    def attributes(code: int) -> str:
        return _text(attributes_of(context(rows, code)))

    def custom(code: int) -> str:
        return _text({"custom": custom_of(context(rows, code))})

    columns = {
        "event_ms": number_text(clocks.event_ms),
        "arrival_ms": number_text(clocks.arrival_ms),
        "endpoint": rows.endpoints,
        "attributes": of_codes(np.where(is_sms, codes[0], codes), attributes, pa.string()),
        "custom": of_codes(codes, custom, pa.string()),
        "ip": rows.ip_addresses,
        "agent": rows.agents,
        "link": rows.clicked_links,
        "sender": rows.senders,
        "subject": rows.subjects,
        "subject_header": pc.if_else(
            pa.array(has_subject(rows)),
            pc.binary_join_element_wise(',{"name":"Subject","value":"', rows.subjects, '"}', ""),
            "",
        ),
        "destination": pc.binary_join(rows.destinations, '","'),
        "to": pc.binary_join(rows.destinations, ", "),
        "mail_id": pc.if_else(
            pa.array(rows.has_id),
            pc.binary_join_element_wise('"message_id":"', rows.mail_ids, '",', ""),
            "",
        ),
        "response": rows.responses,
        "processing": number_text(rows.records["occurred_ms"] - rows.messages["sent_ms"]),
        **_told(rows),
    }
    texts = np.flatnonzero(is_sms)
    if len(texts):
        only = Rows(rows.records[texts], rows.messages[texts], rows.book)
        own = _text_attributes(only)
        places = np.arange(count)
        places[texts] = count + np.arange(len(texts))
        columns["attributes"] = pa.concat_arrays([columns["attributes"], own]).take(
            pa.array(places)
        )
    columns["price"] = pc.fill_null(pc.cast(text_prices(rows), pa.string()), "")
    return rendered_by_kind(rows.types, _TEMPLATES, columns)


def _told(rows: Rows) -> dict[str, pa.Array]:
    """Whom an event tells of, and what a bounce or complaint says."""
    bounced = rows.has_type("_email.hardbounce", "_email.softbounce")
    complained = rows.has_type("_email.complaint")
    told = np.flatnonzero(bounced | complained)
    detail = np.where(bounced, rows.records["detail"], 0)
    return {
        "told": pc.binary_join(lists(rows.told_addresses, rows.told_counts), '","'),
        "feedback": rows.feedback_ids(told),
        **{
            name: chosen(pa.array([bounce[at] for bounce in kinds.BOUNCES]), detail)
            for at, name in enumerate(("bounce_type", "bounce_sub_type", "status", "diagnostic"))
        },
        "complaint": chosen(
            pa.array(kinds.COMPLAINTS), np.where(complained, rows.records["detail"], 0)
        ),
    }


def _text_attributes(rows: Rows) -> pa.Array:
    """The attributes of texts as JSON."""
    pieces: list[pa.Array | str] = []
    for number, (key, values) in enumerate(text_attributes(rows)):
        comma = "," if number else "{"
        pieces.append(
            pc.fill_null(pc.binary_join_element_wise(f'{comma}"{key}":"', values, '"', ""), "")
        )
    return pc.binary_join_element_wise(*pieces, "}", "")


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
