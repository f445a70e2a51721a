"""Records of Amazon SES: its own JSON, and what conversion to Parquet makes of it."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dueng_analytics.simulate import kinds, world
from dueng_analytics.simulate.mailings import Run
from dueng_analytics.simulate.nested_arrays import (
    STRINGS,
    lists,
    nulls,
    of_codes,
    offsets_of,
    placed,
    rendered_by_kind,
    repeated,
    struct,
)
from dueng_analytics.simulate.rows import Rows
from dueng_analytics.simulate.text_arrays import Numbers, chosen, iso_moments, joined, number_text

MEAN_BYTES = 1_700
STREAM = "shop-ses-SesEventFirehose-Gd83Kq"
_TAGS = pa.map_(pa.string(), pa.list_(pa.string()))
_TYPES = pa.array(kinds.EVENT_TYPES)
_IDENTITY = f"arn:aws:ses:us-east-1:{world.ACCOUNT}:identity/{world.SENDER_DOMAIN}"
_NAME = "Example Outfitters"
_MTA = "a27-20.smtp-out.us-east-1.amazonses.com"
_BOUNCE_MTA = "dns; a27-190.smtp-out.us-east-1.amazonses.com"
_MTA_ADDRESS = "203.0.113.26"
_FAILURE = "Attribute 'FirstName' is not present in the rendering data."
_LIST = "main-list"
_VERDICTS = pa.array([None, "Unlikely", "Likely"])
_SHORT = ("Rendering Failure", "DeliveryDelay")
_WITHOUT_ARN = ("Open", "Click")
_EXPIRY_MS = 14 * 3_600_000


def _tags(run: Run, treatment: int, event_type: str) -> dict[str, list[str]]:
    """The tags of an event: the service's own and the sender's."""
    own = {"ses:configuration-set": [run.configuration_set]}
    if event_type in _SHORT:
        return own
    tags = {
        "ses:source-tls-version": ["TLSv1.3"],
        "ses:operation": ["SendEmail"],
        **own,
        "ses:source-ip": ["198.51.100.26"],
        "ses:from-domain": [world.SENDER_DOMAIN],
        "ses:caller-identity": ["ShopMailer"],
    }
    if event_type == "Delivery":
        tags["ses:outgoing-ip"] = ["192.0.2.44"]
        tags["ses:outgoing-tls-version"] = ["TLSv1.3"]
    if run.tenant:
        tags["ses:tenant-name"] = [run.tenant]
    if run.campaign:
        tags["campaign"] = [run.campaign]
        tags["treatmentId"] = [str(treatment)]
    if run.journey:
        tags["journeyId"] = [run.journey]
    if run.template:
        tags["template"] = [run.template]
    return tags


def _codes(rows: Rows) -> Numbers:
    codes: Numbers = rows.run_codes * 64 + rows.types
    return codes


def _tags_of(rows: Rows, code: int) -> dict[str, list[str]]:
    rest, event_type = divmod(code, 64)
    run, treatment = divmod(rest, 2)
    return _tags(rows.run_of(run), treatment, kinds.EVENT_TYPES[event_type])


def _preferences(unsubscribed: bool) -> dict[str, object]:
    return {
        "unsubscribeAll": unsubscribed,
        "topicSubscriptionStatus": [
            {"topicName": "news", "subscriptionStatus": "OptOut" if unsubscribed else "OptIn"}
        ],
        "topicDefaultSubscriptionStatus": [{"topicName": "news", "subscriptionStatus": "OptIn"}],
    }


def _bounce_columns(rows: Rows, bounced: Numbers) -> dict[str, pa.Array]:
    detail = np.where(bounced, rows.records["detail"], 0)
    return {
        name: chosen(pa.array([bounce[at] for bounce in kinds.BOUNCES]), detail)
        for at, name in enumerate(("bounce_type", "bounce_sub_type", "status", "diagnostic"))
    }


def parquet_table(rows: Rows) -> pa.Table:
    """The rows as Firehose's conversion writes them, for the table of a new lake."""
    count = rows.count

    def tags(code: int) -> list[tuple[str, list[str]]]:
        return [(key.lower(), values) for key, values in _tags_of(rows, code).items()]

    short = rows.has_type(*_SHORT)
    moments = iso_moments(rows.records["occurred_ms"])
    sources = joined(f"{_NAME} <", rows.senders, ">")
    ids = rows.named(rows.mail_ids)
    each = np.ones(count, dtype=np.int64)
    mail = struct(
        timestamp=iso_moments(rows.messages["sent_ms"]),
        source=sources,
        sourcearn=_where(~rows.has_type(*_WITHOUT_ARN), _IDENTITY),
        sendingaccountid=repeated(world.ACCOUNT, count),
        messageid=ids,
        destination=rows.destinations,
        headerstruncated=repeated(False, count),
        headers=_headers(rows, sources, ~short),
        commonheaders=struct(
            ~short,
            **{"from": lists(sources, each)},
            to=rows.destinations,
            messageid=ids,
            subject=rows.subjects,
            cc=nulls(pa.list_(pa.string()), count),
            replyto=nulls(pa.list_(pa.string()), count),
            date=nulls(pa.string(), count),
            returnpath=nulls(pa.string(), count),
        ),
        tags=of_codes(_codes(rows), tags, _TAGS),
    )
    return pa.table(
        {
            "eventtype": chosen(_TYPES, rows.types),
            "mail": mail,
            "send": repeated([], count, STRINGS).take(
                pa.array(np.zeros(count, dtype=np.int32), mask=~rows.has_type("Send"))
            ),
            **_objects(rows, moments),
        }
    )


def _where(present: Numbers, text: str) -> pa.Array:
    return pa.array([text]).take(pa.array(np.zeros(len(present), dtype=np.int32), mask=~present))


def _headers(rows: Rows, sources: pa.Array, present: Numbers) -> pa.Array:
    """From, To and Subject; none where not present."""
    counts = np.where(present, 3, 0)
    at = np.flatnonzero(present)
    n = len(at)
    names = pa.array(["From", "To", "Subject"]).take(
        pa.array(np.tile([0, 1, 2], n).astype(np.int32))
    )
    values = pa.concat_arrays([sources, pc.binary_join(rows.destinations, ", "), rows.subjects])
    codes = at[:, None] + np.array([0, 1, 2]) * rows.count
    return pa.ListArray.from_arrays(
        pa.array(offsets_of(counts)),
        struct(name=names, value=values.take(pa.array(codes.ravel()))),
        mask=pa.array(~present),
    )


def _objects(rows: Rows, moments: pa.Array) -> dict[str, pa.Array]:
    """The object of each kind of event, NULL on every other."""
    count = rows.count
    delivered = rows.has_type("Delivery")
    opened, clicked = rows.has_type("Open"), rows.has_type("Click")
    bounced, complained = rows.has_type("Bounce"), rows.has_type("Complaint")
    delayed, subscribed = rows.has_type("DeliveryDelay"), rows.has_type("Subscription")
    bounce = _bounce_columns(rows, bounced)
    told = np.repeat(np.arange(count), rows.told_counts)
    feedback = rows.feedback_ids(np.flatnonzero(bounced | complained))
    verdicts = chosen(_VERDICTS, rows.records["verdict"])
    constant = pa.array(told)
    return {
        "delivery": struct(
            delivered,
            timestamp=moments,
            processingtimemillis=pa.array(rows.records["occurred_ms"] - rows.messages["sent_ms"]),
            recipients=lists(rows.told_addresses, rows.told_counts),
            smtpresponse=rows.responses,
            reportingmta=repeated(_MTA, count),
            remotemtaip=repeated(_MTA_ADDRESS, count),
        ),
        "open": struct(
            opened,
            ipaddress=rows.ip_addresses,
            timestamp=moments,
            useragent=rows.agents,
            isbotevent=verdicts,
        ),
        "click": struct(
            clicked,
            ipaddress=rows.ip_addresses,
            link=rows.clicked_links,
            linktags=nulls(_TAGS, count),
            timestamp=moments,
            useragent=rows.agents,
            isbotevent=verdicts,
        ),
        "bounce": struct(
            bounced,
            bouncetype=bounce["bounce_type"],
            bouncesubtype=bounce["bounce_sub_type"],
            bouncedrecipients=lists(
                struct(
                    emailaddress=rows.told_addresses,
                    action=repeated("failed", len(told)),
                    status=bounce["status"].take(constant),
                    diagnosticcode=bounce["diagnostic"].take(constant),
                ),
                rows.told_counts,
            ),
            timestamp=moments,
            feedbackid=feedback,
            reportingmta=repeated(_BOUNCE_MTA, count),
            remotemtaip=repeated(_MTA_ADDRESS, count),
        ),
        "complaint": struct(
            complained,
            complainedrecipients=lists(struct(emailaddress=rows.told_addresses), rows.told_counts),
            timestamp=moments,
            feedbackid=feedback,
            useragent=repeated("Example-FBL/1.0", count),
            complaintfeedbacktype=chosen(
                pa.array(kinds.COMPLAINTS), np.where(complained, rows.records["detail"], 0)
            ),
            arrivaldate=moments,
            complaintsubtype=nulls(pa.string(), count),
        ),
        "reject": struct(rows.has_type("Reject"), reason=repeated("Bad content", count)),
        "failure": struct(
            rows.has_type("Rendering Failure"),
            errormessage=repeated(_FAILURE, count),
            templatename=repeated("Welcome", count),
        ),
        "deliverydelay": struct(
            delayed,
            delaytype=repeated("MailboxFull", count),
            delayedrecipients=lists(
                struct(
                    emailaddress=rows.told_addresses,
                    status=repeated("4.2.2", len(told)),
                    diagnosticcode=repeated("smtp; 452 4.2.2 mailbox full", len(told)),
                ),
                rows.told_counts,
            ),
            expirationtime=iso_moments(rows.messages["sent_ms"] + _EXPIRY_MS),
            timestamp=moments,
            reportingmta=nulls(pa.string(), count),
        ),
        "subscription": _subscriptions(subscribed, moments),
    }


def _subscriptions(subscribed: Numbers, moments: pa.Array) -> pa.Array:
    at = np.flatnonzero(subscribed)
    count = len(at)
    told = moments.take(pa.array(at))

    def lower(value: object) -> object:
        if isinstance(value, dict):
            return {key.lower(): lower(item) for key, item in value.items()}
        return [lower(item) for item in value] if isinstance(value, list) else value

    topic = pa.list_(pa.struct({"topicname": pa.string(), "subscriptionstatus": pa.string()}))
    preferences = pa.struct(
        {
            "unsubscribeall": pa.bool_(),
            "topicsubscriptionstatus": topic,
            "topicdefaultsubscriptionstatus": topic,
        }
    )
    return placed(
        struct(
            contactlist=repeated(_LIST, count),
            timestamp=told,
            source=repeated("UnsubscribeHeader", count),
            newtopicpreferences=repeated(lower(_preferences(True)), count, preferences),
            oldtopicpreferences=repeated(lower(_preferences(False)), count, preferences),
        ),
        at,
        len(subscribed),
    )


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


_MAIL = (
    '"mail":{"timestamp":"«sent»","source":"«source»",ARN"sendingAccountId":"'
    + world.ACCOUNT
    + '",«id»"destination":["«destination»"],"headersTruncated":false,HEADERS"tags":«tags»}'
)
_ARN = f'"sourceArn":"{_IDENTITY}",'
_HEADERS = (
    '"headers":[{"name":"From","value":"«source»"},{"name":"To","value":"«to»"},'
    '{"name":"Subject","value":"«subject»"}],"commonHeaders":{"from":["«source»"],'
    '"to":["«destination»"],«id»"subject":"«subject»"},'
)
_OBJECTS = {
    "Send": '"send":{}',
    "Delivery": '"delivery":{"timestamp":"«moment»","processingTimeMillis":«processing»,'
    '"recipients":["«told»"],"smtpResponse":"«response»","remoteMtaIp":"' + _MTA_ADDRESS + '",'
    '"reportingMTA":"' + _MTA + '"}',
    "Open": '"open":{"ipAddress":"«ip»","timestamp":"«moment»","userAgent":"«agent»"«verdict»}',
    "Click": '"click":{"ipAddress":"«ip»","link":"«link»","linkTags":null,'
    '"timestamp":"«moment»","userAgent":"«agent»"«verdict»}',
    "Bounce": '"bounce":{"feedbackId":"«feedback»","bounceType":"«bounce_type»",'
    '"bounceSubType":"«bounce_sub_type»","bouncedRecipients":[{"emailAddress":"«told»",'
    '"action":"failed","status":"«status»","diagnosticCode":"«diagnostic»"}],'
    '"timestamp":"«moment»","remoteMtaIp":"' + _MTA_ADDRESS + '",'
    '"reportingMTA":"' + _BOUNCE_MTA + '"}',
    "Complaint": '"complaint":{"feedbackId":"«feedback»","complaintSubType":null,'
    '"complainedRecipients":[{"emailAddress":"«told»"}],"timestamp":"«moment»",'
    '"userAgent":"Example-FBL/1.0","complaintFeedbackType":"«complaint»",'
    '"arrivalDate":"«moment»"}',
    "Reject": '"reject":{"reason":"Bad content"}',
    "Rendering Failure": '"failure":{"errorMessage":"' + _FAILURE + '","templateName":"Welcome"}',
    "DeliveryDelay": '"deliveryDelay":{"timestamp":"«moment»","delayType":"MailboxFull",'
    '"expirationTime":"«expiry»","delayedRecipients":[{"emailAddress":"«told»",'
    '"status":"4.2.2","diagnosticCode":"smtp; 452 4.2.2 mailbox full"}]}',
    "Subscription": '"subscription":{"contactList":"' + _LIST + '","timestamp":"«moment»",'
    '"source":"UnsubscribeHeader","newTopicPreferences":' + _json(_preferences(True)) + ","
    '"oldTopicPreferences":' + _json(_preferences(False)) + "}",
}


def _template(event_type: str) -> str:
    mail = _MAIL.replace("ARN", "" if event_type in _WITHOUT_ARN else _ARN, 1)
    mail = mail.replace("HEADERS", "" if event_type in _SHORT else _HEADERS)
    return f'{{"eventType":"{event_type}",{mail},{_OBJECTS[event_type]}}}\n'


_TEMPLATES = {kinds.TYPE[name]: _template(name) for name in _OBJECTS}


def lines(rows: Rows) -> pa.Array:
    """The rows as SES writes them, each with its line break."""
    bounced, complained = rows.has_type("Bounce"), rows.has_type("Complaint")
    verdicts = pa.array(["", ',"isBotEvent":"Unlikely"', ',"isBotEvent":"Likely"'])
    columns = {
        "sent": iso_moments(rows.messages["sent_ms"]),
        "moment": iso_moments(rows.records["occurred_ms"]),
        "expiry": iso_moments(rows.messages["sent_ms"] + _EXPIRY_MS),
        "source": joined(f"{_NAME} <", rows.senders, ">"),
        "id": pc.if_else(pa.array(rows.has_id), joined('"messageId":"', rows.mail_ids, '",'), ""),
        "destination": pc.binary_join(rows.destinations, '","'),
        "to": pc.binary_join(rows.destinations, ", "),
        "told": pc.binary_join(lists(rows.told_addresses, rows.told_counts), '","'),
        "subject": rows.subjects,
        "tags": of_codes(_codes(rows), lambda code: _json(_tags_of(rows, code)), pa.string()),
        "processing": number_text(rows.records["occurred_ms"] - rows.messages["sent_ms"]),
        "response": rows.responses,
        "ip": rows.ip_addresses,
        "agent": rows.agents,
        "link": rows.clicked_links,
        "verdict": chosen(verdicts, rows.records["verdict"]),
        "feedback": rows.feedback_ids(np.flatnonzero(bounced | complained)),
        "complaint": chosen(
            pa.array(kinds.COMPLAINTS), np.where(complained, rows.records["detail"], 0)
        ),
        **_bounce_columns(rows, bounced),
    }
    return rendered_by_kind(rows.types, _TEMPLATES, columns)
