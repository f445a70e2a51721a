with intervals as (
    select * from name_intervals
),

histories as (
    select
        id,
        segment_id,
        event_name,
        is_deleted,
        array_agg(
            cast(
                row(name, valid_from, valid_to)
                as row(name varchar, valid_from timestamp(3), valid_to timestamp(3))
            )
            order by valid_from nulls first, name
        ) as name_history
    from intervals
    where kind = 'journey'
    group by id, segment_id, event_name, is_deleted
)

select
    id as journey_id,
    element_at(name_history, -1).name as journey_name,
    segment_id,
    event_name,
    is_deleted,
    element_at(name_history, -1).valid_from as valid_from,
    name_history
from histories
