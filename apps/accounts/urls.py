from django.urls import path

from apps.accounts import views, views_audit, views_people

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("setup/", views.setup, name="setup"),
    path("you/", views.you, name="you"),
    path("password/", views.password, name="password"),
    path("people/", views_people.people, name="people"),
    path("people/new/", views_people.person_new, name="person-new"),
    path("people/<int:pk>/", views_people.person, name="person"),
    path("people/<int:pk>/password/", views_people.person_password, name="person-password"),
    path("audit/", views_audit.audit_record, name="audit"),
    path("audit/<int:pk>/", views_audit.audit_event, name="audit-event"),
]
