"""What a configuration says of a data set: frozen specs without logic. `dataset.open_dataset` reads them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Name = Annotated[str, Meta(min_length=1)]
Character = Annotated[str, Meta(min_length=1, max_length=1)]
BOUNDS = "^[0-9]{0,18}:[0-9]{0,18}$"
"""Of a slice: START:STOP, either of which may be left out."""
Bounds = Annotated[str, Meta(pattern=BOUNDS)]
Count = Annotated[int, Meta(ge=1)]
GATEWAY_ADDRESS = "^https?://[^/@?#]+(/[^?#]*)?$"
KeyLocation = Annotated[str, Meta(pattern="^(none|env::[A-Za-z_][A-Za-z0-9_]*)$")]
"""`env::VARIABLE` or `none`. A key itself is never a setting."""


class ColumnSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column, and how its cells are written."""

    column: Annotated[Name, Meta(description="The column or field; in JSON a dotted path, too.")]
    json: Annotated[bool, Meta(description="Whether each cell is JSON in a text.")] = False


Column = str | ColumnSpec
"""A column or field by its name, or one with how its cells are written."""


class ColumnsSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a datapoint's fields are. A field that is left out is read from the column of its own name."""

    input: Annotated[
        Column | tuple[str, ...],
        Meta(description="The question. A list of columns makes an object of them, for templates."),
    ] = "input"
    reference: Annotated[Column, Meta(description="The answer that is right.")] = "reference"
    id: Annotated[Column, Meta(description="Unique; where there is none, the number of the line takes its place.")] = (
        "id"
    )
    group: Annotated[Column, Meta(description="Datapoints of one group are not independent of each other.")] = "group"
    tags: Annotated[
        Column, Meta(description="A list, a text with commas, or an object, whose entries become KEY=VALUE.")
    ] = "tags"
    metadata: Annotated[
        Column | tuple[str, ...],
        Meta(description="An object for Python evaluators. A list of columns makes an object of them."),
    ] = "metadata"


class CsvSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The dialect of a CSV file. The first row names the columns."""

    delimiter: Annotated[
        Character | None, Meta(description="Left out: a tab for files that end in .tsv, else a comma.")
    ] = None
    quote: Annotated[Character, Meta(description="Around cells that hold special characters.")] = '"'
    escape: Annotated[
        Character | None, Meta(description="Before a quote inside quotes. Left out: quotes are doubled.")
    ] = None


class TagsSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which datapoints are taken, by their tags."""

    include: Annotated[
        tuple[str, ...], Meta(description="Only datapoints with at least one of these tags; empty: all.")
    ] = ()
    exclude: Annotated[tuple[str, ...], Meta(description="No datapoint with any of these tags.")] = ()


class GatewaySpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A data set that a TensorZero gateway holds."""

    url: Annotated[
        str, Meta(pattern=GATEWAY_ADDRESS, description="The gateway's address, as in http://localhost:3000.")
    ]
    dataset_name: Annotated[Name, Meta(description="The data set's name in the gateway.")]
    function_name: Annotated[str | None, Meta(description="Only datapoints of this function.")] = None
    api_key_location: Annotated[KeyLocation, Meta(description="Where the gateway's key is: env::NAME, or none.")] = (
        "none"
    )
    page_size: Annotated[Count, Meta(le=10_000, description="Datapoints for each request.")] = 500
    timeout: Annotated[float, Meta(gt=0, description="Seconds for each request.")] = 60.0


class DatasetSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A data set, and which of its datapoints are taken: first by tag, then the slice, then the sample."""

    path: Annotated[Name | None, Meta(description="A file in UTF-8, or - for standard input. This or a gateway.")] = (
        None
    )
    gateway: Annotated[GatewaySpec | None, Meta(description="A TensorZero gateway that holds the data set.")] = None
    format: Annotated[
        Literal["jsonl", "json", "csv", "parquet"] | None,
        Meta(description="Left out: by the file's ending, and JSON Lines where that says nothing."),
    ] = None
    shape: Annotated[
        Literal["tensorzero"] | None,
        Meta(description="tensorzero: each object is a datapoint as TensorZero exports it; columns are not used then."),
    ] = None
    columns: Annotated[ColumnsSpec, Meta(description="Where a datapoint's fields are.")] = ColumnsSpec()
    csv: Annotated[CsvSpec, Meta(description="The dialect, for CSV.")] = CsvSpec()
    tags: Annotated[TagsSpec, Meta(description="Which datapoints are taken, by their tags.")] = TagsSpec()
    slice: Annotated[Bounds | None, Meta(description="START:STOP, counted from 0, without STOP, as in Python.")] = None
    sample: Annotated[Count | None, Meta(description="So many datapoints by chance; all where there are fewer.")] = None
    seed: Annotated[int, Meta(description="Of the sample: the same seed takes the same ids on every machine.")] = 0
