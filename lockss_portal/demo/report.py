"""The demonstration's report: what a node says of its journals, in the form that libraries exchange."""

from collections.abc import Callable
from pathlib import Path

from lockss_portal.demo.nodes import RunningNode
from lockss_portal.demo.story import Telling


def write_report(step: Telling, node: RunningNode, file: Path, wait: Callable) -> None:
    """Its KBART report as ``file``, and its lines told."""
    lines = wait("a report with both journals", lambda: _reported(node, file), 120)
    columns = lines[0].split("\t")
    for line in lines[1:]:
        row = dict(zip(columns, line.split("\t"), strict=False))
        step.say(
            f"{row['publication_title']}: {row['date_first_issue_online']}–{row['date_last_issue_online']}, "
            f"volumes {row['num_first_vol_online']}–{row['num_last_vol_online']}"
        )
    step.note(file=str(file), rows=len(lines) - 1)


def _reported(node: RunningNode, file: Path) -> list[str] | None:
    """Its lines with their heads, once the scan has seen that both journals are proved: a report says what pages say."""
    node.manage("kbart", "--scope", "preserved", "--format", "tsv", "--output", str(file))
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    return lines if len(lines) > 2 else None
