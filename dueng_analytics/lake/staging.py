"""Files of one batch after another, by format and shape, into relations that the engine reads."""

from __future__ import annotations

import errno
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from dueng_analytics.closing import ClosedOnLeaving
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import UnreadableLake
from dueng_analytics.lake.copies import CopiedFile
from dueng_analytics.lake.counts import Counts
from dueng_analytics.lake.in_place import FilesInPlace
from dueng_analytics.lake.literals import identifier, texts
from dueng_analytics.lake.local_files import (
    Format,
    TextFile,
    format_of,
    has_longer_line,
    pieces_of,
    unpacked,
)
from dueng_analytics.lake.parquet_files import ParquetFile, first_line, has_a_column, read_rows
from dueng_analytics.lake.planning import LakeFile
from dueng_analytics.lake.schemas import Schemas
from dueng_analytics.lake.spool import LARGEST_LINE_BYTES, Spool
from dueng_analytics.lake.tolerant import RecordReader, Rejected, Row, Rules
from dueng_analytics.lake.typed_json import sources_of_whole_files, stage_typed
from dueng_analytics.lake.window import Window
from dueng_analytics.model.definitions import Source
from dueng_analytics.model.types import ColumnType, Scalar

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where nothing more can be written."""
_TEXT_AT_ONCE_BYTES = 256_000_000
_FILES_AT_ONCE = 1_000
_PIECE_BYTES = 4_000_000
"""What is read record by record where one record of a larger file deviates."""
_RAW_CHARACTERS = 10_000

_STRING, _BIGINT, _TIMESTAMP = Scalar("string"), Scalar("bigint"), Scalar("timestamp")
QUARANTINE: Mapping[str, ColumnType] = {
    "file": _STRING,
    "position": _BIGINT,
    "reason": _STRING,
    "records": _BIGINT,
    "family": _STRING,
    "raw": _STRING,
    "hour": _TIMESTAMP,
}
"""What could not be a row. ``position`` is a byte of the uncompressed file, or a row of Parquet."""
DEVIATIONS: Mapping[str, ColumnType] = {
    "file": _STRING,
    "position": _BIGINT,
    "field": _STRING,
    "reason": _STRING,
    "source": _STRING,
    "raw": _STRING,
    "hour": _TIMESTAMP,
}
"""Values that are there and read as NULL."""


class Stage(ClosedOnLeaving):
    """Collects the records of files; counts them, and what could not be one."""

    def __init__(
        self,
        engine: DuckDBEngine,
        sources: Sequence[Source],
        folder: Path,
        window: Window | None,
    ) -> None:
        self.counts = Counts()
        self._engine = engine
        self._sources = tuple(sources)
        self._folder = folder
        self._window = window
        self._texts: list[tuple[LakeFile, TextFile]] = []
        self._text_bytes = 0
        self._in_place = FilesInPlace(engine, window)
        self._schemas = Schemas()
        self._copied: dict[tuple[str, str], ParquetFile] = {}
        self._staged: dict[str, list[Path]] = defaultdict(list)
        self._spools: dict[str, Spool] = {}
        self._readers: dict[Rules, RecordReader] = {}
        self._number = 0

    def close(self) -> None:
        """Give up what was begun and not finished."""
        for spool in self._spools.values():
            spool.abandon()

    def add(self, file: LakeFile, path: Path) -> None:
        """Read a file that is on this machine, now or with those that follow.

        Raises:
            UnreadableLake: it cannot be opened.
        """
        if file.copied is not None:
            self._add_copied(file, file.copied, path)
            return
        try:
            kind = format_of(path)
            if kind is Format.PARQUET:
                self._add_parquet(file, path)
                return
            unpacked_text = kind is Format.GZIP
            text = unpacked(path, self._target("text")) if unpacked_text else TextFile(path)
            size = text.path.stat().st_size
        except OSError as error:
            if error.errno in NO_ROOM:
                raise
            raise UnreadableLake(
                f"cannot be read: {error.strerror}",
                where=file.address,
                hint="Check that it exists and may be read.",
            ) from None
        if unpacked_text:
            self._discard(path)
        self._texts.append((file, text))
        self._text_bytes += size
        if self._text_bytes >= _TEXT_AT_ONCE_BYTES or len(self._texts) >= _FILES_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Read the JSON files that were added so far."""
        texts_now, self._texts, self._text_bytes = self._texts, [], 0
        for family in sorted({file.family for file, _ in texts_now}, key=str):
            self._read_texts([pair for pair in texts_now if pair[0].family == family])
        for _, text in texts_now:
            self._discard(text.path)

    def finish(self) -> None:
        """Read what is left, and write out what is still collected."""
        self.flush()
        for name, spool in self._spools.items():
            self._staged[name] += spool.close()
        for source in self._sources:
            count = self._in_place.records_without_hour(source)
            self.counts.without_hour += count
            if count:
                self.counts.records[source.qualified_name] += count

    def relation(self, name: str, columns: Mapping[str, ColumnType]) -> str:
        """The query that reads everything staged under a name, of these columns."""
        parts = []
        if self._staged[name]:
            parts.append(f"select * from read_parquet({texts(self._staged[name])})")
        for source in self._sources:
            if source.qualified_name == name:
                parts += self._in_place.queries(source)
        if parts:
            return " union all ".join(parts)
        empty = (f"cast(null as {kind.duckdb}) as {identifier(c)}" for c, kind in columns.items())
        return f"select {', '.join(empty)} where false"

    def _reader(self, file: LakeFile) -> RecordReader:
        candidates = [s for s in self._sources if file.family in (None, s.family)]
        folders = file.file.path.lower().split("/")[:-1]
        rules = Rules(
            tuple(source.qualified_name for source in candidates),
            family_is_given=file.family is not None,
            are_errors=any(folder.endswith("errors") for folder in folders),
        )
        if rules not in self._readers:
            self._readers[rules] = RecordReader(rules, candidates)
        return self._readers[rules]

    def _add_parquet(self, file: LakeFile, path: Path) -> None:
        reader = self._reader(file)
        try:
            stored = self._schemas.opened(path)
            fitting = self._schemas.sources(stored, reader.sources)
        except (pa.ArrowException, OSError) as error:
            reason = f"not a whole Parquet file: {first_line(error)}"
            self._reject(file, Rejected(0, reason, ""))
            self._discard(path)
            return
        if not fitting and reader.only is not None and has_a_column(stored.schema, reader.only):
            fitting = [reader.only]
        if len(fitting) != 1 or reader.rules.are_errors:
            what = "several sources have" if fitting else "no source has"
            reason = f"unknown shape: {what} these columns"
            names = ", ".join(stored.schema.names)
            self._reject(file, Rejected(0, reason, names, True, stored.rows))
            self._discard(path)
            return
        self._add_fitting(file, stored, fitting[0])

    def _add_fitting(self, file: LakeFile, stored: ParquetFile, source: Source) -> bool:
        """Take a Parquet file of a source: where it lies if its types allow it; whether they do."""
        if not self._schemas.fits(stored, source):
            for found in read_rows(stored, source, self._reader(file), file.hour):
                self._keep(file, found)
            self._discard(stored.path)
            return False
        self._take_in_place(file, stored, source)
        stored_names = {name.lower() for name in stored.schema.names}
        unknown = stored_names - source_columns(source).keys()
        self.counts.unknown_fields[source.qualified_name] |= unknown
        return True

    def _take_in_place(self, file: LakeFile, stored: ParquetFile, source: Source) -> None:
        self._in_place.add(file, stored, source)
        if file.hour is not None:
            self.counts.records[source.qualified_name] += stored.rows

    def _add_copied(self, file: LakeFile, copied: CopiedFile, path: Path) -> None:
        """Take a file of a copy, whose source is known and whose every record is a row."""
        if copied.is_aside:
            self._staged[copied.relation.partition(".")[2]].append(path)
            return
        source = next((s for s in self._sources if s.qualified_name == copied.relation), None)
        if source is None:
            reason = f"unknown shape: copied as {copied.relation}, which no source is named"
            self._reject(file, Rejected(0, reason, "", True, copied.rows))
            return
        kind = (copied.relation, copied.shape)
        if kind in self._copied:  # what was told of one file of a kind need not be told of others
            alike = replace(self._copied[kind], path=path, rows=copied.rows)
            self._take_in_place(file, alike, source)
        elif self._add_fitting(file, stored := self._schemas.opened(path), source):
            self._copied[kind] = stored
        if copied.is_loose and file.hour is not None:  # the others are counted where they lie
            self.counts.without_hour += copied.rows

    def _read_texts(self, pairs: Sequence[tuple[LakeFile, TextFile]]) -> None:
        """Read JSON files of one family: typed where it is safe, else record by record."""
        typed = self._stage_typed([pair for pair in pairs if not self._are_errors(pair[0])])
        for file, text in pairs:
            if text.path in typed:
                continue
            if text.path.stat().st_size <= 2 * _PIECE_BYTES:
                self._read_tolerantly(file, text)
            else:
                self._read_in_pieces(file, text)

    def _read_in_pieces(self, file: LakeFile, text: TextFile) -> None:
        """Read a large file whose records are not all of the declared shape.

        Pieces that are, are typed. Those that are not are read as one text where they follow one
        another: a document may go over their border.
        """
        pieces = list(pieces_of(text, self._target("piece"), _PIECE_BYTES))
        typed = self._stage_typed([(file, piece) for piece in pieces])
        run: list[TextFile] = []
        for piece in [*pieces, None]:
            if piece is not None and piece.path not in typed:
                run.append(piece)
            elif run:
                self._read_tolerantly(file, *run)
                run = []
        for piece in pieces:
            piece.path.unlink()

    def _are_errors(self, file: LakeFile) -> bool:
        return self._reader(file).rules.are_errors

    def _stage_typed(self, pairs: Sequence[tuple[LakeFile, TextFile]]) -> set[Path]:
        """The files whose records were all read by the engine itself."""
        pairs = [
            (file, text)
            for file, text in pairs
            if text.cut is None and not has_longer_line(text.path, LARGEST_LINE_BYTES)
        ]
        if not pairs:
            return set()
        sources = self._reader(pairs[0][0]).sources
        found = sources_of_whole_files(self._engine, [text.path for _, text in pairs], sources)
        done: set[Path] = set()
        for source in sources:
            of_source = [
                pair
                for pair in pairs
                if (whole := found.get(pair[1].path)) is not None and whole.source is source
            ]
            for has_hour in (True, False):
                group = [p for p in of_source if (p[0].hour is not None) is has_hour]
                done |= self._stage_group(group, source, has_hour)
        for path in done:
            whole = found[path]
            self.counts.unknown_fields[whole.source.qualified_name] |= whole.unknown
        return done

    def _stage_group(
        self, pairs: Sequence[tuple[LakeFile, TextFile]], source: Source, has_hour: bool
    ) -> set[Path]:
        """Stage files together; where one is refused, those that are not it."""
        if not pairs:
            return set()
        paths = [text.path for _, text in pairs]
        hours = [file.hour for file, _ in pairs if file.hour is not None] if has_hour else None
        target = self._target("parquet")
        count = stage_typed(self._engine, paths, source, hours, self._window, target)
        if count is None:
            middle = len(pairs) // 2
            if not middle:
                return set()
            first = self._stage_group(pairs[:middle], source, has_hour)
            return first | self._stage_group(pairs[middle:], source, has_hour)
        self._staged[source.qualified_name].append(target)
        self.counts.records[source.qualified_name] += count
        if not has_hour:
            self.counts.without_hour += count
        return set(paths)

    def _read_tolerantly(self, file: LakeFile, *parts: TextFile) -> None:
        for found in self._reader(file).read(parts, file.hour):
            self._keep(file, found)

    def _keep(self, file: LakeFile, found: Row | Rejected) -> None:
        if isinstance(found, Rejected):
            self._reject(file, found)
            return
        name = found.source.qualified_name
        if not found.hour_is_known:
            own = found.values.get(str(found.source.partition_column))
            if self._window is not None and own is not None and own not in self._window:
                self.counts.outside_window += 1
                return
            self.counts.without_hour += 1
        self.counts.records[name] += 1
        self.counts.values_lost += len(found.deviations)
        self.counts.unknown_fields[name] |= found.deviations.unknown
        self._spool(name, source_columns(found.source)).add(found.values, found.size)
        for deviation in found.deviations:
            self._spool("deviations", DEVIATIONS).add(
                {
                    "file": file.address,
                    "position": found.position,
                    "field": deviation.field,
                    "reason": deviation.reason,
                    "source": name,
                    "raw": deviation.raw,
                    "hour": file.hour,
                }
            )

    def _reject(self, file: LakeFile, rejected: Rejected) -> None:
        self.counts.quarantined += rejected.records
        if rejected.is_unknown_shape:
            self.counts.unknown_shapes += rejected.records
        if self.counts.first_rejected is None:
            place = f"{file.address}, position {rejected.position}"
            self.counts.first_rejected = f"{place}: {rejected.reason}"
        self._spool("quarantine", QUARANTINE).add(
            {
                "file": file.address,
                "position": rejected.position,
                "reason": rejected.reason,
                "records": rejected.records,
                "family": file.family,
                "raw": rejected.raw[:_RAW_CHARACTERS],
                "hour": file.hour,
            }
        )

    def _spool(self, name: str, columns: Mapping[str, ColumnType]) -> Spool:
        if name not in self._spools:
            self._spools[name] = Spool(self._engine, columns, self._folder, name)
        return self._spools[name]

    def _discard(self, path: Path) -> None:
        """Remove a file that was brought or unpacked here."""
        if self._folder in path.parents:
            path.unlink(missing_ok=True)

    def _target(self, suffix: str) -> Path:
        self._number += 1
        return self._folder / f"{self._number:06}.{suffix}"


def source_columns(source: Source) -> dict[str, ColumnType]:
    """The columns of a source as every view sees them, the partition's last."""
    columns: dict[str, ColumnType] = {column.name: column.type for column in source.columns}
    if source.partition_column is not None:
        columns[source.partition_column] = _TIMESTAMP
    return columns
