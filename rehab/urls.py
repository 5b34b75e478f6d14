"""Routes of rehab."""

from django.urls import path

from rehab import (
    limit_views,
    part_views,
    pathway_views,
    plan_views,
    update_views,
    visit_section_views,
    visit_views,
)

app_name = "rehab"
urlpatterns = [
    path("patients/<uuid:pk>/plan/", plan_views.plans, name="plans"),
    path("patients/<uuid:pk>/plan/<uuid:episode_pk>/start", plan_views.start, name="start_plan"),
    path("plans/<uuid:pk>/", plan_views.plan, name="plan"),
    path("plans/<uuid:pk>/parts/<slug:part>", part_views.part, name="part"),
    path("plans/<uuid:pk>/standing-order", part_views.standing, name="standing"),
    path("plans/<uuid:pk>/end", plan_views.end_plan, name="end_plan"),
    path("plans/<uuid:pk>/plan.pdf", plan_views.plan_pdf, name="plan_pdf"),
    path("plan-versions/<uuid:pk>/", plan_views.version, name="plan_version"),
    path("plan-versions/<uuid:pk>/co-sign", plan_views.cosign, name="cosign"),
    path("plan-changes/<uuid:pk>/", plan_views.changed, name="changed"),
    path("plan-changes/<uuid:pk>/acknowledge", plan_views.acknowledge, name="acknowledge"),
    path("patients/<uuid:pk>/limits/", limit_views.limits, name="limits"),
    path("patients/<uuid:pk>/limits/set", limit_views.set_limits, name="set_limits"),
    path("limits/<uuid:pk>/lift", limit_views.lift_limit, name="lift_limit"),
    path("limits/<uuid:pk>/confirm", limit_views.confirm_limit, name="confirm_limit"),
    path("documents/<uuid:pk>/limits/", limit_views.limits_from, name="limits_from"),
    path("documents/<uuid:pk>/limits/copy", limit_views.copy, name="copy_limits"),
    path("documents/<uuid:pk>/limits/none", limit_views.none_in_it, name="no_limits"),
    path("documents/<uuid:pk>/limits/ask", limit_views.ask, name="ask_limits"),
    path("plans/<uuid:pk>/deficit", pathway_views.deficit, name="deficit"),
    path(
        "plans/<uuid:pk>/deficit/withdraw",
        pathway_views.withdraw_deficit,
        name="withdraw_deficit",
    ),
    path("pathway/<uuid:pk>/", pathway_views.step, name="step"),
    path("pathway/<uuid:pk>/decide", pathway_views.decide, name="decide_step"),
    path("plans/<uuid:pk>/update", update_views.write_update, name="write_update"),
    path("plans/<uuid:pk>/updates/", update_views.updates, name="updates"),
    path("patients/<uuid:pk>/first-visit/", visit_views.visit_of, name="visit_of"),
    path(
        "patients/<uuid:pk>/first-visit/<uuid:episode_pk>/begin",
        visit_views.open_visit,
        name="open_visit",
    ),
    path("first-visits/<uuid:pk>/", visit_views.first_visit, name="first_visit"),
    path(
        "first-visits/<uuid:pk>/<slug:section>/",
        visit_section_views.visit_section,
        name="visit_section",
    ),
    path("first-visits/<uuid:pk>/sign", visit_views.sign_visit, name="sign_visit"),
    path("first-visits/<uuid:pk>/discard", visit_views.discard_visit, name="discard_visit"),
    path("first-visits/<uuid:pk>/add", visit_views.addend, name="addend"),
    path("first-visits/<uuid:pk>/plan", visit_views.visit_plan, name="visit_plan"),
]
