"""Every app's addresses, one line each; an app without pages has no ``urls`` module."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from lockss_portal import health, metrics

PLACES = (
    ("", "apps.nodes.urls"),
    ("", "apps.common.urls"),
    ("accounts/", "apps.accounts.urls"),
    ("me/", "apps.accounts.urls_me"),
    ("lists/", "apps.titles.urls"),
    ("plugins/", "apps.plugins.urls"),
    ("", "apps.aus.urls"),
    ("permissions/", "apps.permissions.urls"),
    ("crawls/", "apps.crawls.urls"),
    ("polls/", "apps.polls.urls"),
    ("peers/", "apps.peers.urls"),
    ("", "apps.delivery.urls"),
    ("", "apps.exports.urls"),
    ("", "apps.exports.urls_imports"),
    ("", "apps.usage.urls"),
    ("", "apps.kbart.urls"),
    ("", "apps.api.urls"),
    ("network/", "apps.network.urls"),
)
urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", metrics.metrics),
    *(path(prefix, include(module)) for prefix, module in PLACES if find_spec(module) is not None),
]

handler400 = "apps.common.views.bad_request"
handler403 = "apps.common.views.forbidden"
handler404 = "apps.common.views.not_found"
handler500 = "apps.common.views.server_error"
