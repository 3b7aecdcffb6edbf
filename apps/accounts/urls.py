from django.urls import path

from apps.accounts import (
    views,
    views_access,
    views_audit,
    views_factors,
    views_links,
    views_oidc,
    views_people,
    views_second,
)

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("second/", views_second.second, name="second"),
    path("passkey/", views_second.passkey, name="passkey"),
    path("sso/", views_oidc.sso, name="sso"),
    path("sso/back/", views_oidc.sso_back, name="sso-back"),
    path("link/<str:text>/", views_links.link, name="link"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("setup/", views.setup, name="setup"),
    path("password/", views.password, name="password"),
    path("people/", views_people.people, name="people"),
    path("people/new/", views_people.person_new, name="person-new"),
    path("people/<int:pk>/", views_people.person, name="person"),
    path("people/<int:pk>/password/", views_people.person_password, name="person-password"),
    path("people/<int:pk>/access/", views_access.person_access, name="person-access"),
    path(
        "people/<int:pk>/sessions/<uuid:session>/end/",
        views_access.person_session_end,
        name="person-session-end",
    ),
    path(
        "people/<int:pk>/tokens/<int:token>/revoke/",
        views_access.person_token_revoke,
        name="person-token-revoke",
    ),
    path("people/<int:pk>/factors/", views_factors.person_factors_reset, name="person-factors-reset"),
    path("people/<int:pk>/link/", views_links.person_link, name="person-link"),
    path("people/<int:pk>/end-all/", views_access.person_end_all, name="person-end-all"),
    path("audit/", views_audit.audit_record, name="audit"),
    path("audit/<int:pk>/", views_audit.audit_event, name="audit-event"),
]
