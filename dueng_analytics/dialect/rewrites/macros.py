"""What DuckDB needs besides one expression: macros, created once on every connection.

Each stands after those that it calls. Athena's error for a value is a cast of its message to a
number: DuckDB's ``error`` may not stand under ``try``. Lambdas take ``item_`` and the like, for
DuckDB puts arguments into macros as text, and nobody else's lambda should take the same name; of
``item_.key`` without brackets a HAVING makes a column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from dueng_analytics.dialect.rewrites.document_macros import DOCUMENT_BODIES

_BLANK = r"[\t\n\x0b\f\r ]*"
_DATE = r"\d{4}-\d{1,2}-\d{1,2}"
_WHOLE_DATE = r"([+-]?\d{1,6})-(\d{1,2})-(\d{1,2})"
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]?\d(?::[0-5]?\d(?:\.\d+)?)?"
_WRITTEN_ZONE = r"(?:Z|UTC|[+-]\d\d:?\d\d|[A-Z][A-Za-z_]+(?:/[A-Za-z_+-]+)+)"
_ISO_MONTH = r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?"
_ISO_CLOCK = r"([01]?\d|2[0-3])(?::([0-5]?\d)(?::([0-5]?\d)(?:[.,](\d+))?)?)?"
_ISO_ZONE = r"(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)?"
_ISO = f"{_ISO_MONTH}(?:T(?:{_ISO_CLOCK})?{_ISO_ZONE})?"
# How services write a moment, in this millennium: DuckDB reads it by itself, in a sixtieth of the
# time. Of a year with another first character it would read too much.
_ISO_AS_WRITTEN = "2___-__-__T__:__:__%Z"
_ISO_READ_AS = "['%Y-%m-%dT%H:%M:%S.%gZ', '%Y-%m-%dT%H:%M:%SZ']"
_ISO_PARTS = "['y', 'm', 'd', 'h', 'i', 's', 'f', 'sign', 'zh', 'zm']"
_TIME = f"(?: {_CLOCK}(?: ?{_WRITTEN_ZONE})?| {{1,2}}{_WRITTEN_ZONE})?"
_DOUBLE = r"[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?)"
# What trim takes away when it is not told, measured on Trino code point by code point: no-break
# spaces are not among it. A pattern takes an eighth of the time of DuckDB's trim with a set, and to
# look at the first and last character a third of that.
_BLANKS = (
    r"[\t-\r\x1c-\x20\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200A}"
    r"\x{2028}\x{2029}\x{205F}\x{3000}]+"
)

_BODIES: Mapping[str, str] = {
    "athena_error(message)": "case when cast(message as integer) is null then null end",
    # Text
    "athena_ltrim(x)": f"regexp_replace(x, '^{_BLANKS}', '')",
    "athena_rtrim(x)": f"regexp_replace(x, '{_BLANKS}$', '')",
    "athena_trim(x)": f"""case
        when ord(x[1]) between 33 and 126 and ord(x[-1]) between 33 and 126 then x
        else regexp_replace(x, '^{_BLANKS}|{_BLANKS}$', '', 'g')
    end""",
    "athena_upper(x)": """case
        when contains(x, 'ß')
        then array_to_string(list_transform(string_split(x, 'ß'), lambda item_: upper(item_)), 'ß')
        else upper(x)
    end""",
    "athena_substr(x, start)": """case
        when start = 0 or start < -length(x) then left(x, 0) else substr(x, start)
    end""",
    "athena_substr_of_length(x, start, size)": """case
        when start is null or size is null then null
        when start = 0 or start < -length(x) or size <= 0 then left(x, 0)
        else substr(x, start, least(size, 4294967295))
    end""",
    "athena_letters(x)": "regexp_extract_all(x, '(?s).')",
    "athena_replace(x, search, replacement)": """case
        when search = ''
        then replacement || array_to_string(
            list_transform(athena_letters(x), lambda item_: item_ || replacement), ''
        )
        else replace(x, search, replacement)
    end""",
    "athena_reverse(x)": "array_to_string(list_reverse(athena_letters(x)), '')",
    "athena_regexp_subject(x, pattern)": """case
        when ends_with(x, chr(10)) and not regexp_matches(x, pattern) then left(x, -1) else x
    end""",
    # Conversions of text
    "athena_stripped(x)": r"trim(x, e'\t\n\x0b\f\r ')",
    "athena_not_converted(x, kind)": "athena_error('Cannot cast ''' || x || ''' to ' || kind)",
    "athena_text_to_bigint(x)": f"""case
        when x is null then null
        when regexp_full_match(x, '{_BLANK}[+-]?\\d+{_BLANK}')
        then cast(athena_stripped(x) as bigint)
        else athena_not_converted(x, 'bigint')
    end""",
    "athena_text_to_integer(x)": "cast(athena_text_to_bigint(x) as integer)",
    "athena_text_to_double(x)": f"""case
        when x is null then null
        when regexp_full_match(x, '{_BLANK}{_DOUBLE}{_BLANK}')
        then cast(regexp_replace(athena_stripped(x), '[dDfF]$', '') as double)
        else athena_not_converted(x, 'double')
    end""",
    "athena_text_to_boolean(x)": """case
        when lower(x) in ('true', 't', '1') then true
        when lower(x) in ('false', 'f', '0') then false
        when x is null then null
        else athena_not_converted(x, 'boolean')
    end""",
    "athena_made_date(parts)": """
        make_date(cast(parts.y as bigint), cast(parts.m as bigint), cast(parts.d as bigint))""",
    "athena_text_to_date(x)": f"""case
        when x is null then null
        when regexp_full_match(x, '{_BLANK}{_WHOLE_DATE}{_BLANK}')
        then athena_made_date(regexp_extract(x, '{_WHOLE_DATE}', ['y', 'm', 'd']))
        else athena_not_converted(x, 'date')
    end""",
    "athena_milliseconds_cut(fraction)": "cast(left(rpad(fraction, 3, '0'), 3) as bigint)",
    "athena_milliseconds_rounded(fraction)": """
        athena_milliseconds_cut(fraction) + cast(substr(fraction, 4, 1) >= '5' as bigint)""",
    "athena_text_to_timestamp(x)": f"""case
        when x is null then null
        when regexp_full_match(x, '{_BLANK}{_DATE}{_TIME}{_BLANK}')
        then cast(regexp_extract(x, '{_DATE}(?: \\d+:\\d+(?::\\d+)?)?') as timestamp)
            + to_milliseconds(athena_milliseconds_rounded(regexp_extract(x, '\\.(\\d+)', 1)))
        else athena_not_converted(x, 'timestamp')
    end""",
    # Doubles as text: cast(… as varchar), and as Java and with it JSON writes them
    "athena_significant(digits)": r"""
        regexp_replace(regexp_replace(digits, '^(\d)(\d*?)0*$', '\1.\2'), '\.$', '.0')""",
    "athena_power(plain)": r"""
        coalesce(try_cast(regexp_extract(plain, 'e(.*)$', 1) as integer), 0) - 1 + case
            when starts_with(plain, '0.') then -length(regexp_extract(plain, '^0\.(0*)', 1))
            else length(regexp_extract(plain, '^\d+'))
        end""",
    # A macro's argument stands in it as often as it is named; a list's item is made once.
    "athena_positive_scientific(x)": r"""
        list_extract(list_transform([x], lambda plain_:
            athena_significant(ltrim(regexp_replace(plain_, 'e.*$|\.', '', 'g'), '0'))
            || 'E' || cast(athena_power(plain_) as varchar)
        ), 1)""",
    "athena_signed_scientific(x)": """
        case when x < 0 then '-' else '' end || athena_positive_scientific(cast(abs(x) as varchar))
        """,
    "athena_not_finite(x)": """
        case when isnan(x) then 'NaN' when x > 0 then 'Infinity' else '-Infinity' end""",
    "athena_double_to_text(x)": """case
        when isnan(x) or isinf(x) then athena_not_finite(x)
        when x = 0 then replace(cast(x as varchar), '0.0', '0E0')
        else athena_signed_scientific(x)
    end""",
    "athena_java_double(x)": """case
        when isnan(x) or isinf(x) then athena_not_finite(x)
        when x = 0 or abs(x) >= 1e-3 and abs(x) < 1e7 then cast(x as varchar)
        else athena_signed_scientific(x)
    end""",
    "athena_json_double(digits)": """case
        when regexp_full_match(digits, '-?\\d+') then digits
        else athena_java_double(cast(digits as double))
    end""",
    "athena_to_the_power(x, y)": """case
        when isnan(y) or abs(x) = 1 and isinf(y) then cast('nan' as double)
        else pow(x, y)
    end""",
    "athena_sign(x)": "case when isnan(x) then x else cast(sign(x) as double) end",
    "athena_rounded(x, factor)": """case
        when abs(x) * factor < 1e15 then sign(x) * floor(abs(x) * factor + 0.5e0) / factor
        else x
    end""",
    # Times
    "athena_from_unixtime(x)": "epoch_ms(cast(floor(cast(x as double) * 1000 + 0.5e0) as bigint))",
    "athena_iso_day(parts)": """
        parts.y || '-' || case parts.m when '' then '1' else parts.m end
        || '-' || case parts.d when '' then '1' else parts.d end""",
    "athena_iso_clock(parts)": """
        case parts.h when '' then '0' else parts.h end
        || ':' || case parts.i when '' then '0' else parts.i end
        || ':' || case parts.s when '' then '0' else parts.s end""",
    "athena_iso_offset(parts)": """
        case parts.sign when '' then 0 when '-' then -1 else 1 end
        * (
            60 * coalesce(try_cast(parts.zh as bigint), 0)
            + coalesce(try_cast(parts.zm as bigint), 0)
        )""",
    "athena_iso_moment(parts)": """
        cast(athena_iso_day(parts) || ' ' || athena_iso_clock(parts) as timestamp)
        + to_milliseconds(athena_milliseconds_cut(parts.f))
        - to_minutes(athena_iso_offset(parts))""",
    "athena_from_iso8601(x)": f"""coalesce(
        case when x like '{_ISO_AS_WRITTEN}' then try_strptime(x, {_ISO_READ_AS}) end,
        case
            when x is null then null
            when regexp_full_match(x, '{_ISO}')
            then list_extract(list_transform(
                [regexp_extract(x, '^{_ISO}$', {_ISO_PARTS})],
                lambda parts_: athena_iso_moment(parts_)
            ), 1)
            else athena_not_converted(x, 'timestamp')
        end
    )""",
    "athena_date_from_iso8601(x)": f"""case
        when x is null then null
        when regexp_full_match(x, '{_ISO_MONTH}')
        then cast(athena_iso_day(regexp_extract(x, '^{_ISO_MONTH}$', ['y', 'm', 'd'])) as date)
        when regexp_full_match(x, '\\d{{4}}-W\\d\\d-[1-7]')
        then cast(strptime(x, '%G-W%V-%u') as date)
        when regexp_full_match(x, '\\d{{4}}-\\d{{3}}') then cast(strptime(x, '%Y-%j') as date)
        else athena_not_converted(x, 'date')
    end""",
    "athena_first_guess(zone, x)": """
        timezone('UTC', x - (timezone(zone, timezone('UTC', x)) - x))""",
    "athena_with_timezone(zone, x)": """case
        when timezone(zone, athena_first_guess(zone, x)) = x then athena_first_guess(zone, x)
        else timezone(zone, x)
    end""",
    # Arrays
    "athena_map_value(x, k)": """case
        when x is null or k is null then null
        when map_contains(x, k) then x[k]
        else athena_error('Key not present in map: ' || k)
    end""",
    "athena_array_value(x, place)": """case
        when x is null or place is null then null
        when place between 1 and len(x) then list_extract(x, place)
        else athena_error('Array subscript out of bounds: ' || place)
    end""",
    "athena_element(x, place)": """case
        when place = 0 then athena_error('Array indices start at 1, not at ' || place)
        else list_extract(x, place)
    end""",
    "athena_has_null(x)": "len(x) > list_count(x)",
    "athena_contains(x, wanted)": """case
        when x is null or wanted is null then null
        when list_contains(x, wanted) then true
        when athena_has_null(x) then null
        else false
    end""",
    "athena_array_join(x, separator)": """
        case when x is null then null else coalesce(array_to_string(x, separator), '') end""",
    "athena_array_max(x)": "case when athena_has_null(x) then null else list_max(x) end",
    "athena_array_min(x)": "case when athena_has_null(x) then null else list_min(x) end",
    "athena_array_distinct(x)": """
        list_filter(x, lambda item_, place_: list_position(x, item_) = place_)""",
    "athena_array_position(x, wanted)": """case
        when x is null or wanted is null then null
        else cast(coalesce(list_position(x, wanted), 0) as bigint)
    end""",
    "athena_array_remove(x, unwanted)": """case
        when unwanted is null then null
        else list_filter(x, lambda item_: item_ is null or item_ <> unwanted)
    end""",
    "athena_array_union(x, y)": """case
        when x is null or y is null then null else athena_array_distinct(list_concat(x, y))
    end""",
    "athena_array_intersect(x, y)": """case
        when y is null then null
        else list_filter(athena_array_distinct(x), lambda item_: list_position(y, item_) > 0)
    end""",
    "athena_array_except(x, y)": """case
        when y is null then null
        else list_filter(athena_array_distinct(x), lambda item_: list_position(y, item_) is null)
    end""",
    "athena_arrays_overlap(x, y)": """case
        when x is null or y is null then null
        when list_has_any(x, y) then true
        when len(x) = 0 or len(y) = 0 then false
        when athena_has_null(x) or athena_has_null(y) then null
        else false
    end""",
    "athena_slice_from(x, first, size)": """case
        when first < 1 then list_slice(x, 1, 0) else list_slice(x, first, first + size - 1)
    end""",
    "athena_slice(x, start, size)": """case
        when start is null or size is null then null
        when start = 0 or size < 0 then athena_error('Not a slice: ' || start || ', ' || size)
        else athena_slice_from(x, case when start < 0 then len(x) + start + 1 else start end, size)
    end""",
    "athena_sequence(a, b)": """case
        when abs(b - a) >= 10000 then athena_error('A sequence has at most 10000 elements')
        when a <= b then generate_series(a, b)
        else generate_series(a, b, -1)
    end""",
    "athena_sequence_by(a, b, step)": """case
        when step = 0 or step > 0 and a > b or step < 0 and a < b
        then athena_error('No way from ' || a || ' to ' || b || ' by ' || step)
        when abs(b - a) // abs(step) >= 10000
        then athena_error('A sequence has at most 10000 elements')
        else generate_series(a, b, step)
    end""",
    "athena_days(a, b)": """
        list_transform(
            generate_series(a, b, case when a <= b then to_days(1) else to_days(-1) end),
            lambda item_: cast(item_ as date)
        )""",
    "athena_days_by_day(a, b, step)": """
        list_transform(generate_series(a, b, to_days(step)), lambda item_: cast(item_ as date))""",
    "athena_days_by_month(a, b, step)": """
        list_transform(
            generate_series(0, date_sub('month', a, b) // step),
            lambda place_: cast(a + to_months(cast(place_ * step as integer)) as date)
        )""",
    "athena_any(x)": """case
        when x is null then null
        when list_contains(x, true) then true
        when athena_has_null(x) then null
        else false
    end""",
    "athena_all(x)": """case
        when x is null then null
        when list_contains(x, false) then false
        when athena_has_null(x) then null
        else true
    end""",
    # Maps
    "athena_map_keys(x)": "case when x is null then null else map_keys(x) end",
    "athena_map_values(x)": "case when x is null then null else map_values(x) end",
    "athena_map_concat(x, y)": """
        case when x is null or y is null then null else map_concat(x, y) end""",
    "athena_map_of_entries(x)": """
        map_from_entries(
            list_filter(
                x,
                lambda item_, place_: (item_).key is not null
                and list_position(
                    list_transform(x, lambda other_: (other_).key), (item_).key
                ) = place_
            )
        )""",
    "athena_sorted_map(x)": """
        case when x is null then null else map_from_entries(list_sort(map_entries(x))) end""",
    **DOCUMENT_BODIES,
}

_CALL = re.compile(r"\bathena_\w+")


def _name(head: str) -> str:
    return head[: head.index("(")]


_STATEMENTS: Mapping[str, str] = {
    _name(head): f"create or replace macro {head} as ({' '.join(body.split())})"
    for head, body in _BODIES.items()
}


@cache
def _needs(name: str, native: frozenset[str]) -> frozenset[str]:
    """A macro and those that it calls, but for what the engine has itself."""
    if name in native:
        return frozenset()
    called = set(_CALL.findall(_STATEMENTS[name])) - {name}
    return frozenset({name}).union(*(_needs(other, native) for other in called))


def macros_of(statements: Iterable[str], native: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The CREATE MACRO statements that DuckDB statements need, each after those that it calls.

    Args:
        native: macros that are left out because the engine has functions of these names.
    """
    called = set(_CALL.findall("\n".join(statements).lower())) & _STATEMENTS.keys()
    needed = frozenset().union(*(_needs(name, native) for name in called))
    return tuple(statement for name, statement in _STATEMENTS.items() if name in needed)
