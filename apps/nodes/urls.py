from django.urls import path, re_path
from django.views.generic import RedirectView

from apps.nodes import views, views_aus, views_collections, views_content, views_permissions, views_work
from apps.polls import views as polls

AU = r"^aus/(?P<slug>[0-9a-f]{20})/"
app_name = "nodes"
urlpatterns = [
    path("", views.home, name="home"),
    path("help/words/", RedirectView.as_view(url="/words/", permanent=False)),
    path("aus/", views_aus.aus, name="aus"),
    re_path(AU + r"$", views_aus.au, name="au"),
    re_path(AU + r"content/$", views_content.content, name="content"),
    re_path(AU + r"url/$", views_content.url, name="url"),
    re_path(AU + r"crawl/$", views_aus.crawl_now, name="crawl-now"),
    re_path(AU + r"poll/$", views_aus.poll_now, name="poll-now"),
    re_path(AU + r"deactivate/$", views_aus.deactivate, name="deactivate"),
    re_path(AU + r"reactivate/$", views_aus.reactivate, name="reactivate"),
    path("collections/<int:pk>/", views_collections.collection, name="collection"),
    path("permissions/", views_permissions.permissions, name="permissions"),
    path("permissions/blocked/", views_permissions.blocked, name="blocked"),
    path("permissions/publishers/", views_permissions.publishers, name="permission-publishers"),
    path("permissions/changes/", views_permissions.changes, name="permission-changes"),
    path("permissions/ask/", views_permissions.ask_again, name="ask-again"),
    path("repairs/", polls.repairs, name="repairs"),
    path("repairs/<int:pk>/", polls.repair, name="repair"),
    path("jobs/", views_work.jobs, name="jobs"),
    path("jobs/<int:pk>/", views_work.job, name="job"),
    path("jobs/<int:pk>/cancel/", views_work.job_cancel, name="job-cancel"),
    path("jobs/<int:pk>/retry/", views_work.job_retry, name="job-retry"),
    path("findings/", views_work.findings, name="findings"),
    path("findings/act/", views_work.findings_act, name="findings-act"),
    path("findings/<int:pk>/", views_work.finding, name="finding"),
    path("findings/<int:pk>/seen/", views_work.finding_seen, name="finding-seen"),
    path("findings/<int:pk>/resolve/", views_work.finding_resolve, name="finding-resolve"),
    path("node/", views.node, name="node"),
]
