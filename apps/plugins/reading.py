"""One reading of a registry, from its page to the last of its JARs. Each step is kept, so that a kill costs one file."""

import hashlib
from collections.abc import Callable

from apps.plugins import services
from apps.plugins.choices import FileState, JarOutcome
from apps.plugins.errors import PluginError
from apps.plugins.fetching import FetchError, Marks, fetch_page, fetched_jar, jar_links, statement_of
from apps.plugins.models import PluginJar, PluginRegistry, RegistryFile

Progress = Callable[[int, int | None, str], None]
NO_STATEMENT = (
    "Its page carries no permission statement of a LOCKSS network, so nothing was fetched from it."
    " Have the statement put on the page, or enter the registry again as one that needs none."
)


def read_registry(registry: PluginRegistry, progress: Progress) -> PluginRegistry:
    try:
        files = _files(registry)
    except FetchError as error:
        return services.note_failure(registry=registry, reason=str(error))
    if files is None:
        return services.note_failure(registry=registry, reason=NO_STATEMENT, permitted=False)
    for done, file in enumerate(files):
        progress(done, len(files), file.url.rpartition("/")[2])
        _read_file(file)
    progress(len(files), len(files), "")
    return services.note_read(registry=registry)


def _files(registry: PluginRegistry) -> list[RegistryFile] | None:
    """What the page names now; None: it does not permit it."""
    # A page that did not permit is judged again, changed or not: the wish may have changed.
    known = bool(registry.page_sha256) and (bool(registry.statement) or not registry.needs_permission)
    answer = fetch_page(registry.url, Marks(registry.etag, registry.last_modified) if known else Marks())
    if answer.page is None:
        return services.named_files(registry=registry)
    links = jar_links(answer.page, registry.url, answer.content_type)
    statement = statement_of(answer.page, registry.url, answer.content_type)
    if registry.needs_permission and not statement:
        return None
    return services.note_page(
        registry=registry,
        links=links,
        statement=statement,
        etag=answer.marks.etag,
        last_modified=answer.marks.last_modified,
        page_sha256=hashlib.sha256(answer.page).hexdigest(),
    )


def _read_file(file: RegistryFile) -> None:
    """Fetched only if it changed; one that was refused is judged again by its kept copy."""
    known = Marks(file.etag, file.last_modified) if file.jar_id else Marks()
    try:
        with fetched_jar(file.url, known) as (path, marks):
            if path is None:
                if file.state == FileState.FAILED and file.jar is not None:
                    loaded = file.jar.outcome == JarOutcome.LOADED
                    state = FileState.LOADED if loaded else FileState.REFUSED
                    _note(file, state, file.jar.reason, file.jar, marks)
                return
            name = file.url.split("?", 1)[0].rpartition("/")[2] or "registry.jar"
            try:
                jar, _done = services.load_jar(path=path, name=name, source=file.url)
            except PluginError as error:
                digest = _digest(path)
                _note(
                    file,
                    FileState.REFUSED,
                    str(error),
                    PluginJar.objects.filter(sha256=digest).first(),
                    marks,
                )
            else:
                _note(file, FileState.LOADED, "", jar, marks)
    except FetchError as error:
        services.note_file(file=file, state=FileState.FAILED, reason=str(error))


def _digest(path) -> str:
    with path.open("rb") as body:
        return hashlib.file_digest(body, "sha256").hexdigest()


def _note(file: RegistryFile, state: FileState, reason: str, jar: PluginJar | None, marks: Marks) -> None:
    services.note_file(
        file=file, state=state, reason=reason, jar=jar, etag=marks.etag, last_modified=marks.last_modified
    )
