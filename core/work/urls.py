"""Routes of unsent text and of long work."""

from django.urls import path

from core.work import job_views, views

app_name = "work"
urlpatterns = [
    path("drafts", views.drafts, name="drafts"),
    path("jobs/", job_views.jobs, name="jobs"),
    path("jobs/<uuid:pk>/", job_views.job, name="job"),
    path("jobs/<uuid:pk>/now", job_views.job_now, name="job_now"),
    path("jobs/<uuid:pk>/cancel", job_views.cancel, name="cancel_job"),
    path("jobs/<uuid:pk>/file", job_views.job_file, name="job_file"),
]
