from django.urls import path

from apps.accounts import views_factors, views_me, views_oidc

app_name = "me"
urlpatterns = [
    path("", views_me.home, name="home"),
    path("ways/", views_me.ways, name="ways"),
    path("whoami/", views_me.whoami, name="whoami"),
    path("tokens/new/", views_me.token_new, name="token-new"),
    path("tokens/<int:token>/revoke/", views_me.token_revoke, name="token-revoke"),
    path("sessions/<uuid:session>/end/", views_me.session_end, name="session-end"),
    path("sessions/end-all/", views_me.end_all, name="end-all"),
    path("factors/", views_factors.factors, name="factors"),
    path("factors/app/", views_factors.totp, name="totp"),
    path("factors/passkey/", views_factors.passkey_new, name="passkey-new"),
    path("factors/codes/", views_factors.recovery_codes, name="recovery-codes"),
    path("factors/<int:factor>/remove/", views_factors.factor_remove, name="factor-remove"),
    path("identity/", views_oidc.identity_bind, name="identity-bind"),
    path("identity/<int:identity>/release/", views_oidc.identity_release, name="identity-release"),
]
