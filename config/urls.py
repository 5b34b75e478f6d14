"""Every route of Hallway."""

from django.urls import include, path

urlpatterns = [
    path("", include("config.home.urls")),
    path("", include("core.accounts.urls")),
    path("", include("core.protocols.urls")),
    path("", include("core.documents.urls")),
    path("", include("core.work.urls")),
    path("patients/import/", include("core.importing.urls")),
    path("", include("messaging.urls")),
    path("", include("intake.urls")),
    path("", include("outcomes.urls")),
    path("", include("rehab.urls")),
    path("api/", include("config.api")),
]

handler400 = "config.home.errors.bad_request"
handler403 = "config.home.errors.forbidden"
handler404 = "config.home.errors.not_found"
handler429 = "config.home.errors.too_many"  # asked for by the sign-in package
handler500 = "config.home.errors.server_error"
