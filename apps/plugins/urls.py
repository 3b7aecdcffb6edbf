"""Addresses of plugins; ``plugins/<id>/aus/`` belongs to ``aus``, which knows the units."""

from django.urls import path, re_path

from apps.plugins import views, views_missing, views_registries, views_sources, views_trials

app_name = "plugins"
ID = r"(?P<plugin_id>[A-Za-z0-9_.$-]{1,500})"
urlpatterns = [
    path("", views.plugins, name="plugins"),
    path("load/", views.load, name="load"),
    path("missing/", views_missing.missing, name="missing"),
    path("not-loaded/", views_missing.not_loaded, name="not-loaded"),
    path("jars/", views_sources.jars, name="jars"),
    path("jars/<int:pk>/", views_sources.jar, name="jar"),
    path("jars/<int:pk>/file/", views_sources.jar_file, name="jar-file"),
    path("signers/", views_sources.signers, name="signers"),
    path("signers/add/", views_sources.add_signers, name="add-signers"),
    path("signers/<int:pk>/", views_sources.signer, name="signer"),
    path("signers/<int:pk>/withdraw/", views_sources.withdraw, name="withdraw"),
    path("registries/", views_registries.registries, name="registries"),
    path("registries/add/", views_registries.add, name="add-registry"),
    path("registries/<int:pk>/", views_registries.registry, name="registry"),
    path("registries/<int:pk>/read/", views_registries.read_now, name="registry-read"),
    path("registries/<int:pk>/end/", views_registries.end, name="registry-end"),
    path("trials/", views_trials.trials, name="trials"),
    path("trials/<int:pk>/", views_trials.trial, name="trial"),
    path("trials/<int:pk>/decide/", views_trials.decide, name="trial-decide"),
    path("trials/<int:pk>/again/", views_trials.again, name="trial-again"),
    re_path(rf"^{ID}/override/$", views.override, name="override"),
    re_path(rf"^{ID}/compare/$", views_missing.compare, name="compare"),
    re_path(rf"^{ID}/$", views.plugin, name="plugin"),
]
