"""What a stream is set to: what Firehose takes, and what the lake reader finds again."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from documents import run
from lake_files import event, read, source

from dueng_analytics.catalog import load_catalog
from dueng_analytics.deploy.firehose import stream_settings
from dueng_analytics.deploy.source_ddl import source_layout
from dueng_analytics.errors import UsageError
from dueng_analytics.model.definitions import Source

EVENTS = load_catalog().find("all_events")
assert isinstance(EVENTS, Source)


def settings(**changes: Any) -> Any:
    asked = {
        "location": "s3://lake/events/",
        "file_format": "json",
        "role": "arn:aws:iam::111122223333:role/stream",
        "database": "due",
        "region": "eu-west-1",
    }
    known = changes.pop("source", EVENTS)
    return stream_settings(known, source_layout(known, None), **{**asked, **changes})


@pytest.mark.parametrize("file_format", ["json", "parquet"])
def test_the_settings_are_such_as_firehose_takes(file_format):
    service = ServiceModel(Loader().load_service_model("firehose", "service-2"))
    shape = service.shape_for("ExtendedS3DestinationConfiguration")
    report = ParamValidator().validate(settings(file_format=file_format), shape)
    assert not report.has_errors(), report.generate_report()


def test_json_lies_as_it_came_a_line_each_under_its_hour():
    found = settings()
    assert found["BucketARN"] == "arn:aws:s3:::lake"
    assert found["Prefix"] == "events/!{timestamp:yyyy/MM/dd/HH}/"
    assert found["CustomTimeZone"] == "UTC"
    assert found["CompressionFormat"] == "GZIP"
    assert found["ProcessingConfiguration"]["Processors"] == [{"Type": "AppendDelimiterToRecord"}]
    assert found["DataFormatConversionConfiguration"] == {"Enabled": False}


def test_what_cannot_be_delivered_lies_beside_the_table_where_the_reader_knows_it(tmp_path):
    found = settings()
    assert not found["ErrorOutputPrefix"].startswith("events/")
    hour = "2026/10/19/05"
    for prefix in (found["Prefix"], found["ErrorOutputPrefix"]):
        path = prefix.replace("!{timestamp:yyyy/MM/dd/HH}", hour)
        path = path.replace("!{firehose:error-output-type}", "format-conversion-failed")
        (tmp_path / path).mkdir(parents=True)
        body = gzip.compress(json.dumps(event()).encode() + b"\n")
        (tmp_path / path / "stream-1.gz").write_bytes(body)
    with read(tmp_path) as lake:
        assert lake.loaded.records == {"pinpoint.all_events": 1}
        assert lake.reasons == ["lies in a folder of errors"]


def test_a_table_at_the_root_of_a_bucket_has_its_errors_in_a_folder():
    found = settings(location="s3://lake/")
    assert found["Prefix"] == "!{timestamp:yyyy/MM/dd/HH}/"
    assert found["ErrorOutputPrefix"].startswith("errors/")


def test_parquet_is_made_with_the_schema_of_the_table_and_the_keys_of_the_source():
    made = source({"detail_type": "string"}, mappings={"detail_type": "detail-type"})
    found = settings(source=made, file_format="parquet")
    conversion = found["DataFormatConversionConfiguration"]
    assert conversion["SchemaConfiguration"]["TableName"] == "things"
    reading = conversion["InputFormatConfiguration"]["Deserializer"]["OpenXJsonSerDe"]
    assert reading["ColumnToJsonKeyMappings"] == {"detail_type": "detail-type"}
    assert found["BufferingHints"]["SizeInMBs"] >= 64
    assert found["CompressionFormat"] == "UNCOMPRESSED"


@pytest.mark.parametrize("location", ["lake/events", "s3://", "s3://lake"])
def test_a_location_that_is_no_prefix_is_refused(location):
    with pytest.raises(UsageError, match="is no S3 prefix"):
        settings(location=location)


def test_the_command_prints_the_settings_and_says_what_is_still_to_be_given():
    code, out, err = run(["source", "firehose", "all_events", "--location", "s3://lake/events/"])
    assert code == 0
    assert json.loads(out)["BucketARN"] == "arn:aws:s3:::lake"
    assert err == "-- Give --role in place of arn:aws:iam::ACCOUNT:role/ROLE.\n"


def test_the_command_says_what_a_conversion_loses():
    _, out, err = run(["source", "firehose", "all_events", "--format", "parquet"])
    schema = json.loads(out)["DataFormatConversionConfiguration"]["SchemaConfiguration"]
    assert (schema["TableName"], schema["Region"]) == ("all_events_raw", "REGION")
    assert "Conversion keeps the fields that it names and no other" in err
    assert "--region in place of REGION" in err


def test_a_source_without_a_stream_is_refused():
    code, _, err = run(["source", "firehose", "name_snapshots"])
    assert code == 2
    assert "has no table on S3" in err
