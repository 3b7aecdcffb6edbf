from django.urls import path

from apps.accounts import views_me

app_name = "me"
urlpatterns = [
    path("", views_me.home, name="home"),
    path("ways/", views_me.ways, name="ways"),
    path("whoami/", views_me.whoami, name="whoami"),
    path("tokens/new/", views_me.token_new, name="token-new"),
    path("tokens/<int:token>/revoke/", views_me.token_revoke, name="token-revoke"),
    path("sessions/<uuid:session>/end/", views_me.session_end, name="session-end"),
    path("sessions/end-all/", views_me.end_all, name="end-all"),
]
