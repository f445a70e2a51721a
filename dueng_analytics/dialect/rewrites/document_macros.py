"""The macros that read and write JSON, by name and parameters."""

from __future__ import annotations

from collections.abc import Mapping

_TEXT_OF_JSON = r'"(?:[^"\\]|\\.)*"'

DOCUMENT_BODIES: Mapping[str, str] = {
    "athena_is_json(x)": f"""
        json_valid(x) and (
            not regexp_matches(x, ',\\s*[\\]}}]|[Nn][Aa]|[Ii]nf|T[Rr]|F[Aa]|N[Uu]')
            or not regexp_matches(
                regexp_replace(x, '{_TEXT_OF_JSON}|true|false|null', '0', 'g'),
                ',\\s*[\\]}}]|[A-DF-Za-df-z]'
            )
        )""",
    "athena_json_parse(x)": """case
        when x is null then null
        when athena_is_json(x) then cast(x as json)
        else athena_not_converted(x, 'json')
    end""",
    "athena_json_extract(x, path)": """
        case when athena_is_json(x) then json_extract(x, path) end""",
    "athena_json_number(x, found, before)": """
        coalesce(
            list_extract(
                list_filter(
                    regexp_extract_all(x, before || '(-?\\d[\\d.eE+-]*)', 1),
                    lambda item_: try_cast(item_ as double) = cast(found as double)
                ), 1
            ), found
        )""",
    "athena_json_text_scalar(x, path, before)": """case
        when athena_is_json(x)
        then case
            when json_type(x, path) in ('OBJECT', 'ARRAY', 'NULL') then null
            when json_type(x, path) = 'DOUBLE'
            then athena_json_number(x, json_extract_string(x, path), before)
            else json_extract_string(x, path)
        end
    end""",
    "athena_json_value_scalar(x, path)": """case
        when json_type(x, path) in ('OBJECT', 'ARRAY', 'NULL') then null
        when json_type(x, path) = 'DOUBLE'
        then athena_json_double(json_extract_string(x, path))
        else json_extract_string(x, path)
    end""",
    "athena_json_array_length(x)": """case
        when athena_is_json(x) and json_type(x) = 'ARRAY'
        then cast(json_array_length(x) as bigint)
    end""",
    "athena_json_format(x)": """case
        when json_type(x) = 'DOUBLE'
        then athena_json_double(json_extract_string(x, '$'))
        else cast(json(x) as varchar)
    end""",
    "athena_json_escaped(x)": r"""case
        when regexp_matches(x, '[\x{10000}-\x{10FFFF}]')
        then array_to_string(
            list_transform(
                string_split(x, ''),
                lambda item_: case
                    when unicode(item_) > 65535
                    then printf(
                        '\u%04X\u%04X',
                        55296 + ((unicode(item_) - 65536) // 1024),
                        56320 + ((unicode(item_) - 65536) % 1024)
                    )
                    else item_
                end
            ), ''
        )
        else x
    end""",
    "athena_json_not_scalar(x, kind)": """
        athena_error('Cannot cast JSON ' || cast(x as varchar) || ' to ' || kind)""",
    "athena_json_to_text(x)": """case
        when x is null or json_type(x) = 'NULL' then null
        when json_type(x) in ('OBJECT', 'ARRAY') then athena_json_not_scalar(x, 'varchar')
        when json_type(x) = 'DOUBLE'
        then athena_double_to_text(cast(json_extract_string(x, '$') as double))
        else json_extract_string(x, '$')
    end""",
    "athena_json_to_bigint(x)": """case
        when x is null or json_type(x) = 'NULL' then null
        when json_type(x) = 'BOOLEAN' then cast(cast(x as boolean) as bigint)
        when json_type(x) = 'VARCHAR' then athena_text_to_bigint(json_extract_string(x, '$'))
        when json_type(x) = 'DOUBLE'
        then cast(round(cast(json_extract_string(x, '$') as double)) as bigint)
        when json_type(x) in ('OBJECT', 'ARRAY') then athena_json_not_scalar(x, 'bigint')
        else cast(json_extract_string(x, '$') as bigint)
    end""",
    "athena_json_to_integer(x)": "cast(athena_json_to_bigint(x) as integer)",
    "athena_json_to_double(x)": """case
        when x is null or json_type(x) = 'NULL' then null
        when json_type(x) = 'BOOLEAN' then cast(cast(x as boolean) as double)
        when json_type(x) in ('OBJECT', 'ARRAY') then athena_json_not_scalar(x, 'double')
        else athena_text_to_double(json_extract_string(x, '$'))
    end""",
    "athena_json_to_boolean(x)": """case
        when x is null or json_type(x) = 'NULL' then null
        when json_type(x) in ('OBJECT', 'ARRAY') then athena_json_not_scalar(x, 'boolean')
        when json_type(x) in ('BOOLEAN', 'VARCHAR')
        then athena_text_to_boolean(json_extract_string(x, '$'))
        else cast(json_extract_string(x, '$') as double) <> 0
    end""",
    "athena_json_items(x)": """case
        when x is null or json_type(x) = 'NULL' then null
        else list_transform(cast(x as json[]), lambda item_: coalesce(item_, cast('null' as json)))
    end""",
    "athena_json_entries(x)": """case
        when x is null or json_type(x) = 'NULL' then null
        else list_transform(
            map_entries(cast(x as map(varchar, json))),
            lambda item_: {
                'key': (item_).key, 'value': coalesce((item_).value, cast('null' as json))
            }
        )
    end""",
    "athena_json_of_parts(x)": "case when x is null then null else to_json(x) end",
}
