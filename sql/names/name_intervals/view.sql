with snapshots as (
    select * from name_snapshots
),

-- The newest word on an id decides whether it is deleted, whatever it was called before; of two
-- from one moment the deletion does.
states as (
    select
        kind,
        id,
        name,
        valid_from,
        nullif(segment_id, 'null') as segment_id,
        nullif(event_name, 'null') as event_name,
        first_value(coalesce(deleted, false)) over (
            partition by kind, id order by valid_from desc nulls last, coalesce(deleted, false) desc
        ) as is_deleted
    from snapshots
),

-- A bare deletion names nothing: it marks an id that is known otherwise and creates none.
named as (
    select
        kind,
        id,
        name,
        valid_from,
        first_value(segment_id) over (
            partition by kind, id order by valid_from desc nulls last, name desc
        ) as segment_id,
        first_value(event_name) over (
            partition by kind, id order by valid_from desc nulls last, name desc
        ) as event_name,
        is_deleted,
        lag(name) over (partition by kind, id order by valid_from nulls first, name) as previous_name
    from states
    where name is not null
),

-- Snapshots that repeat the name before them begin no new interval.
beginnings as (
    select
        kind,
        id,
        name,
        valid_from,
        lead(valid_from) over (partition by kind, id order by valid_from nulls first, name) as valid_to,
        lead(name) over (partition by kind, id order by valid_from nulls first, name) as next_name,
        segment_id,
        event_name,
        is_deleted
    from named
    where previous_name is null or previous_name <> name
)

select
    kind,
    id,
    name,
    valid_from,
    valid_to,
    next_name is null as is_current,
    segment_id,
    event_name,
    is_deleted
from beginnings
