"""Who reads whom, as a picture: products in columns, each right of everything it reads.

Belongs here: layout and SVG. Does not: what a product's state is (entries).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

NODE_WIDTH, NODE_HEIGHT = 236, 46
GAP_X, GAP_Y, MARGIN = 84, 14, 12
LONGEST_NAME = 26
ALONE_PER_ROW = 3
CAPTION_HEIGHT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A product in the picture. `reads` are ports; `state` is a word and a CSS class."""

    port: str
    state: str
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """The upper left corner of a node, in pixels."""

    x: int
    y: int


def picture(nodes: Sequence[Node]) -> str:
    """An inline SVG whose nodes link to `#<port>`; ports that no node has are left out."""
    known = {node.port for node in nodes}
    edges = [(read, node.port) for node in nodes for read in node.reads if read in known]
    joined = {port for edge in edges for port in edge}
    places = _in_columns([node for node in nodes if node.port in joined], edges)
    bottom = max((place.y + NODE_HEIGHT for place in places.values()), default=0)
    alone = sorted(known - joined)
    places |= _in_rows(alone, top=bottom + CAPTION_HEIGHT if joined else MARGIN)
    width = max((place.x for place in places.values()), default=0) + NODE_WIDTH + MARGIN
    height = max((place.y for place in places.values()), default=0) + NODE_HEIGHT + MARGIN
    caption = ""
    if alone and joined:
        caption = (
            f'<text class="caption" x="{MARGIN}" y="{bottom + CAPTION_HEIGHT - 9}">'
            "no other product reads these or is read by them</text>"
        )
    drawn = "".join(_edge(edge, places) for edge in sorted(edges))
    drawn += "".join(_node(node, places[node.port]) for node in nodes)
    return (
        f'<svg class="lineage" xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" role="group" '
        f'aria-label="Which product reads which">{ARROW}{caption}{drawn}</svg>'
    )


ARROW = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
    'markerHeight="7" orient="auto"><path d="M0 0.5 7.5 4 0 7.5z" class="arrow"/></marker></defs>'
)


def depths(nodes: Sequence[Node]) -> dict[str, int]:
    """How many products stand on the longest way to each one.

    A product that, against the rules, reads itself through others counts that way once.
    """
    reads = {node.port: node.reads for node in nodes}

    def depth(port: str, seen: frozenset[str]) -> int:
        before = [one for one in reads[port] if one in reads and one not in seen]
        return 1 + max((depth(one, seen | {one}) for one in before), default=-1)

    return {port: depth(port, frozenset({port})) for port in reads}


def _in_columns(nodes: Sequence[Node], edges: Sequence[tuple[str, str]]) -> dict[str, Placed]:
    by_depth = depths(nodes)
    places: dict[str, Placed] = {}

    def near_what_it_reads(port: str) -> tuple[float, str]:
        heights = [places[read].y for read, reader in edges if reader == port and read in places]
        return (sum(heights) / len(heights) if heights else 0.0, port)

    ordered = sorted(by_depth, key=lambda port: by_depth[port])
    for column, ports in groupby(ordered, key=lambda port: by_depth[port]):
        x = MARGIN + column * (NODE_WIDTH + GAP_X)
        for row, port in enumerate(sorted(ports, key=near_what_it_reads)):
            places[port] = Placed(x, MARGIN + row * (NODE_HEIGHT + GAP_Y))
    return places


def _in_rows(ports: Sequence[str], *, top: int) -> dict[str, Placed]:
    step = NODE_WIDTH + GAP_X // 4
    return {
        port: Placed(
            MARGIN + index % ALONE_PER_ROW * step,
            top + index // ALONE_PER_ROW * (NODE_HEIGHT + GAP_Y),
        )
        for index, port in enumerate(ports)
    }


def _edge(edge: tuple[str, str], places: Mapping[str, Placed]) -> str:
    read, reader = edge
    start, end = places[read], places[reader]
    x1, y1 = start.x + NODE_WIDTH, start.y + NODE_HEIGHT // 2
    x2, y2 = end.x - 2, end.y + NODE_HEIGHT // 2
    bend = max((x2 - x1) // 2, GAP_X // 2)
    return (
        f'<path class="edge" data-from={quoteattr(read)} data-to={quoteattr(reader)} '
        f'd="M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}" marker-end="url(#arrow)"/>'
    )


def _node(node: Node, place: Placed) -> str:
    domain, _, product = node.port.partition("/")
    return (
        f'<a class="node {escape(node.state)}" href={quoteattr(f"#{node.port}")} '
        f'data-port={quoteattr(node.port)} transform="translate({place.x} {place.y})">'
        f"<title>{escape(node.port)}: {escape(node.state)}</title>"
        f'<rect width="{NODE_WIDTH}" height="{NODE_HEIGHT}" rx="9"/>'
        f'<circle cx="17" cy="{NODE_HEIGHT // 2}" r="5"/>'
        f'<text class="domain" x="32" y="18">{escape(domain)}</text>'
        f'<text class="product" x="32" y="35">{escape(_short(product))}</text></a>'
    )


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
