"""What a browser may load and do on our pages, and the headers that say so on every answer."""

from csp.constants import NONE, SELF

REPORTS = "/csp-report"
CSP = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "report-uri": [REPORTS],
        "report-to": ["csp"],
    }
}
UNUSED = ("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture",
          "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection",
          "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
          "publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock",
          "serial", "usb", "xr-spatial-tracking")  # fmt: skip
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
    "Reporting-Endpoints": f'csp="{REPORTS}"',
    "Cache-Control": "no-store, private",  # static files bring their own
}
