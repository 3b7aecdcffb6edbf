"""Makes an export here and now, as the job of a page would."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from apps.aus.models import Au
from apps.common.choices import JobState
from apps.common.models import Job
from apps.exports import services
from apps.exports.choices import ExportState, FileKind
from apps.exports.errors import ExportRefused
from apps.exports.models import Export
from apps.exports.tasks import run_here
from apps.lockss.packages import ExportOptions, Naming, OptionFault, PackageFormat, Xlate, options_of

DEFAULT = ExportOptions()


class Command(BaseCommand):
    help = (
        "Export archival units or a title. Example: export --au AUID --format wacz. The files lie in the folder of exports and are "
        "told on standard output, one a line. Broken off, it goes on with --again NUMBER. Exit code 0: all is in them; "
        "1: something is left out (report.csv); 2: not made."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--au",
            action="append",
            default=[],
            metavar="AUID",
            help="also its short name in addresses; may be repeated",
        )
        parser.add_argument("--title", type=int, metavar="NUMBER", help="all archival units of a title")
        parser.add_argument(
            "--again", type=int, metavar="NUMBER", help="go on with an export that was broken off"
        )
        parser.add_argument("--format", choices=[one.value for one in PackageFormat], default="warc")
        parser.add_argument("--prefix", default=DEFAULT.prefix, help="names of files begin with it")
        parser.add_argument("--naming", choices=[one.value for one in Naming], default=Naming.OURS.value)
        parser.add_argument("--max-mib", default=str(DEFAULT.max_mib), help="a new file begins; 0: never")
        parser.add_argument("--max-versions", default="0", help="of each URL, the newest; 0: all")
        parser.add_argument("--xlate", choices=[one.value for one in Xlate], default=Xlate.NONE.value)
        parser.add_argument(
            "--exclude-dir-nodes", action="store_true", help="no pages that are folders of others"
        )
        parser.add_argument("--no-compress", action="store_true", help="plain WARC files")
        parser.add_argument(
            "--told", choices=("text", "json"), default="text", help="how it tells what it did"
        )

    def handle(self, *, told: str, **given) -> None:
        try:
            row, job = self._asked(given)
            done = run_here(job)
        except ExportRefused as error:
            raise CommandError(str(error), returncode=2) from error
        row.refresh_from_db()
        if row.state != ExportState.DONE:
            job.refresh_from_db()
            if done is None and job.state == JobState.RUNNING:
                raise CommandError(f"a worker makes export {row.pk} already", returncode=2)
            raise CommandError(f"{job.error}; go on with --again {row.pk}", returncode=2)
        self._say(row, told)
        sys.exit(1 if row.findings else 0)

    def _asked(self, given: dict) -> tuple[Export, Job]:
        if given["again"] is not None:
            row = Export.objects.filter(pk=given["again"]).first()
            if row is None:
                raise CommandError(f"there is no export {given['again']}", returncode=2)
            job = services.retry(export=row, user=None) or services.job_of(row)
            if job is None:
                raise CommandError(f"export {row.pk} has no job", returncode=2)
            services.due_now(job)
            return row, job
        options = options_of(
            {name: given[name] for name in ("format", "prefix", "naming", "max_mib", "max_versions", "xlate")}
            | {"exclude_dir_nodes": given["exclude_dir_nodes"], "compress": not given["no_compress"]}
        )
        if isinstance(options, OptionFault):
            raise CommandError(
                f"--{options.option.replace('_', '-')}: found {options.found}, expected {options.expected}",
                returncode=2,
            )
        aus = self._aus(given)
        what = aus[0].name if len(aus) == 1 else f"{len(aus)} archival units"
        return services.ask_export(aus=aus, what=what, options=options, user=None)

    @staticmethod
    def _aus(given: dict) -> list[Au]:
        found = []
        for name in given["au"]:
            au = Au.objects.filter(auid=name).first() or Au.objects.filter(slug=name).first()
            if au is None:
                raise CommandError(f"this node has no archival unit {name}", returncode=2)
            found.append(au)
        if given["title"] is not None:
            found += Au.objects.filter(title=given["title"]).order_by("name_key", "pk")
        return list(dict.fromkeys(found))

    def _say(self, row: Export, told: str) -> None:
        files = [
            {"file": str(Path(one.path)), "size": one.size, "sha256": one.sha256}
            for one in row.files.exclude(kind=FileKind.PART).order_by("kind", "pk")
        ]
        if told == "json":
            number = {"export": row.pk, "versions": row.done_files, "findings": row.findings}
            self.stdout.write(json.dumps({**number, "files": files}, ensure_ascii=False))
            return
        for one in files:
            self.stdout.write(f"{one['sha256']}  {one['file']}")
        if row.findings:
            self.stderr.write(f"{row.findings} findings: {row.folder / 'report.csv'}")
