"""Routes that compose several apps."""

from django.urls import path

from config.home import health, roster, views

app_name = "home"
urlpatterns = [
    path("", views.start, name="start"),
    path("today/", views.today, name="today"),
    path("flags/now", views.flags_now, name="flags_now"),
    path("calls/new", views.new_call, name="new_call"),
    path("patients/", views.patients, name="patients"),
    path("patients/new", views.register, name="register"),
    path("patients/<uuid:pk>/", views.patient, name="patient"),
    path("on-call/", roster.roster, name="roster"),
    path("on-call/gaps/<uuid:pk>", roster.gap, name="roster_gap"),
    path("on-call/shifts", roster.add_shift, name="add_shift"),
    path("on-call/shifts/<uuid:pk>/remove", roster.remove_shift, name="remove_shift"),
    path("me/", views.me, name="me"),
    path("help/", views.help_page, name="help"),
    path("gallery/", views.gallery, name="gallery"),
    path("portal/", views.portal, name="portal"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
