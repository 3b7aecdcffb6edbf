"""Where plugins come from: JARs and what their signatures say, and whose signatures count."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import jobs, notices
from apps.common.display import count_text, day_text, moment, size_text
from apps.common.forms import VersionForm
from apps.common.lists import show_list, small_list
from apps.common.pages import Action, Confirm, Fact, Head, Link, confirm_page, is_confirmed
from apps.common.stored import retold
from apps.common.text import shown_address
from apps.common.words import Tone
from apps.plugins import services
from apps.plugins.choices import JarSignature
from apps.plugins.errors import PluginError
from apps.plugins.forms import KeystoreForm
from apps.plugins.lists_sources import JARS, PROBLEMS, SIGNERS
from apps.plugins.models import PluginJar, TrustedSigner
from apps.plugins.views_missing import LIST_PAGE, to_plugins
from apps.plugins.words import SIGNATURES


@require_safe
@role_required()
def jars(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("JARs"),
        gettext("Every JAR of plugins that came here, what its signature says, and what was made of it."),
        trail=[to_plugins()],
    )
    return show_list(
        request, table=JARS, rows=PluginJar.objects.all(), template=LIST_PAGE, context={"head": head}
    )


@require_safe
@role_required()
def jar(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(PluginJar.objects.select_related("user"), pk=pk)
    actions = []
    if request.user.has_role(Role.NETWORK):
        actions.append(Action(gettext("Download it"), resolve_url("plugins:jar-file", pk=pk)))
    head = Head(
        row.name, f"SHA-256 {row.sha256}", code=True, trail=[to_plugins(), _to_jars()], actions=actions
    )
    context = {
        "head": head,
        "jar": row,
        "word": SIGNATURES[JarSignature(row.signature)],
        "facts": _facts(row),
        "problems": small_list(
            "problems", gettext("What is wrong with the signature"), PROBLEMS, row.problems
        ),
    }
    return TemplateResponse(request, "plugins/jar.html", context)


def _facts(row: PluginJar) -> list[Fact]:
    ids = row.definitions.order_by("plugin_id").values_list("plugin_id", "version")
    links = [(one, one, version) for one, version in ids]
    pairs = [
        (gettext("Signed by"), row.signer),
        (
            gettext("Certificate (SHA-256)"),
            format_html("<code>{}</code>", row.signer_fingerprint) if row.signer else "",
        ),
        (gettext("Valid until"), day_text(row.signer_until) if row.signer_until else ""),
        (gettext("Digest of the signature"), row.digest.upper()),
        (pgettext("source", "From"), shown_address(row.source)),
        (gettext("Brought by"), row.user.display_name if row.user else ""),
        (gettext("Size"), size_text(row.size)),
        (gettext("Taken in"), moment(row.created_at)),
        (gettext("Last judged"), moment(row.judged_at)),
        (
            gettext("Its plugins"),
            format_html_join(mark_safe("<br>"), '<a href="/plugins/{}/"><code>{}</code></a> {}', links),
        ),
    ]
    return [Fact(term, value) for term, value in pairs if value]


@require_safe
@role_required(Role.NETWORK)
def jar_file(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(PluginJar, pk=pk)
    try:
        file = services.jar_path(row).open("rb")
    except OSError:
        raise Http404 from None
    return FileResponse(file, as_attachment=True, filename=row.name, content_type="application/octet-stream")


@require_safe
@role_required()
def signers(request: HttpRequest) -> HttpResponse:
    return _signers(request, KeystoreForm())


def _signers(request: HttpRequest, form: KeystoreForm, status: int = 200) -> HttpResponse:
    head = Head(
        gettext("Trusted signers"),
        gettext("Whose signature on a JAR this node trusts."),
        trail=[to_plugins()],
    )
    context = {"head": head, "form": form, "may_change": request.user.has_role(Role.NETWORK)}
    rows = TrustedSigner.objects.defer("der")
    response = show_list(request, table=SIGNERS, rows=rows, template="plugins/signers.html", context=context)
    response.status_code = status
    return response


@require_POST
@role_required(Role.NETWORK)
def add_signers(request: HttpRequest) -> HttpResponse:
    form = KeystoreForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            done = services.add_signers(
                data=file.read(),
                password=form.cleaned_data["password"],
                name=file.name or "",
                user=request.user,
            )
        except PluginError as error:
            form.add_error("file", retold(str(error)))
        else:
            if done.added:
                jobs.wake(services.start_judging())
            added = ngettext(
                "%s signer is trusted from now on", "%s signers are trusted from now on", len(done.added)
            )
            known = ngettext("%s was trusted already", "%s were trusted already", len(done.known))
            said = f"{added % count_text(len(done.added))}, {known % count_text(len(done.known))}."
            if done.added:
                said += " " + gettext("All JARs that are kept here are judged again.")
            notices.leave(request, said)
            return HttpResponseRedirect(resolve_url("plugins:signers"))
    return _signers(request, form, status=422)


@require_safe
@role_required()
def signer(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(TrustedSigner.objects.select_related("user").defer("der"), pk=pk)
    trusted = row.withdrawn_at is None
    head = Head(row.subject, f"SHA-256 {row.fingerprint}", code=True, trail=[to_plugins(), _to_signers()])
    facts = [
        Fact(gettext("State"), gettext("trusted") if trusted else pgettext("signer", "withdrawn")),
        Fact(gettext("Issued by"), row.issuer),
        Fact(
            gettext("Valid"),
            f"{day_text(row.not_before)} – {day_text(row.not_after)}",
            gettext(
                "A signature counts beyond that day, as Java's tools have it; ask the network for a newer one."
            ),
        ),
        Fact(gettext("Came in"), f"{row.keystore} {row.alias}".strip() or "–"),
        Fact(gettext("Entered by"), row.user.display_name if row.user else gettext("the command line")),
        Fact(gettext("Entered"), moment(row.created_at)),
        Fact(gettext("Its JARs"), _jars_of(row)),
    ]
    context = {
        "head": head,
        "facts": facts,
        "row": row,
        "may_withdraw": trusted and request.user.has_role(Role.NETWORK),
        "form": VersionForm(initial={"version": row.version}),
    }
    return TemplateResponse(request, "plugins/signer.html", context)


def _jars_of(row: TrustedSigner):
    number = PluginJar.objects.filter(signer_fingerprint=row.fingerprint).count()
    said = ngettext("%s JAR carries its signature", "%s JARs carry its signature", number) % count_text(
        number
    )
    return format_html('<a href="/plugins/jars/?signer={}">{}</a>', row.fingerprint, said) if number else said


@require_POST
@role_required(Role.NETWORK)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(TrustedSigner, pk=pk)
    form = VersionForm(request.POST)
    back = resolve_url("plugins:signer", pk=pk)
    if not form.is_valid():
        notices.leave(request, gettext("The form did not say which version it was about."), tone=Tone.HARM)
        return HttpResponseRedirect(back)
    version = form.cleaned_data["version"]
    if not is_confirmed(request):
        return confirm_page(
            request,
            Confirm(
                title=gettext("Trust this signer no longer"),
                happens=gettext("New JARs that only %s has signed count as signed by a stranger.")
                % row.subject,
                button=gettext("Withdraw the trust"),
                back=back,
                stays=gettext("What was loaded stays loaded. The certificate can be entered again."),
                fields={"version": str(version)},
            ),
        )
    try:
        services.withdraw_signer(signer=row, version=version, user=request.user)
    except PluginError as error:
        notices.leave(request, retold(str(error)), tone=Tone.HARM)
        return HttpResponseRedirect(back)
    jobs.wake(services.start_judging())
    notices.leave(request, gettext("%s is no longer trusted.") % row.subject)
    return HttpResponseRedirect(resolve_url("plugins:signers"))


def _to_jars() -> Link:
    return Link(gettext("JARs"), resolve_url("plugins:jars"))


def _to_signers() -> Link:
    return Link(gettext("Signers"), resolve_url("plugins:signers"))
