from django.urls import path

from apps.network import views, views_acts, views_network

app_name = "network"
urlpatterns = [
    path("", views_network.network, name="network"),
    path("copies/", views_network.copies, name="copies"),
    path("copies/titles/", views_network.copies_titles, name="copies-titles"),
    path("copies/publishers/", views_network.copies_publishers, name="copies-publishers"),
    path("take/", views_network.take, name="take"),
    path("take/choose/", views_network.take_choose, name="take-choose"),
    path("members/", views.members, name="members"),
    path("members/new/", views.member_new, name="member-new"),
    path("members/<int:pk>/", views.member, name="member"),
    path("members/<int:pk>/change/", views.member_change, name="member-change"),
    path("members/<int:pk>/decide/", views_acts.decide, name="decide"),
    path("members/<int:pk>/contacts/", views_acts.contact_add, name="contact-add"),
    path("members/<int:pk>/nodes/", views_acts.node_add, name="node-add"),
    path("members/<int:pk>/agreements/", views_acts.membership_add, name="membership-add"),
    path("members/<int:pk>/papers/", views_acts.papers_add, name="papers-add"),
    path("contacts/<int:pk>/change/", views_acts.contact_change, name="contact-change"),
    path("contacts/<int:pk>/erase/", views_acts.contact_erase, name="contact-erase"),
    path("agreements/<int:pk>/change/", views_acts.membership_change, name="membership-change"),
    path("nodes/", views.nodes, name="nodes"),
    path("nodes/claim/", views_acts.node_claim, name="node-claim"),
    path("nodes/<int:pk>/change/", views_acts.node_change, name="node-change"),
    path("nodes/<int:pk>/remove/", views_acts.node_remove, name="node-remove"),
    path("decisions/", views.decisions, name="decisions"),
    path("decisions/new/", views_acts.decision_new, name="decision-new"),
    path("decisions/<int:pk>/", views.decision, name="decision"),
    path("papers/<int:pk>/", views.paper, name="paper"),
]
