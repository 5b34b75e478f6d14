"""The demo prints codes in place of a phone, and only the demo does."""

import json

import pytest
from django.core.management import CommandError, call_command

from config.home.demo.people import totp_key
from config.home.management.commands import code as command
from core.accounts import codes
from core.lib.clock import now


def test_it_prints_the_code_of_the_moment(tmp_path, monkeypatch, capsys, time_machine, settings):
    time_machine.move_to(1_800_000_000, tick=False)
    users = {"physician": {"email": "leila@x.example", "totp": totp_key("leila@x.example")},
             "patient": {"email": "daniel@x.example", "totp": None}}  # fmt: skip
    monkeypatch.setattr(command, "FILE", tmp_path / "demo.json")
    with pytest.raises(CommandError, match="script/demo"):
        call_command("code", "physician")
    command.FILE.write_text(json.dumps({"users": users}))
    for who in ("physician", "leila@x.example"):
        call_command("code", who)
        shown = capsys.readouterr().out.split()[0]
        assert shown == codes.code_at(totp_key("leila@x.example"), codes.counter_at(now()))
    for who in ("patient", "nobody"):
        with pytest.raises(CommandError, match="Try one of"):
            call_command("code", who)
    settings.MODE = "production"
    with pytest.raises(CommandError, match="demo mode only"):
        call_command("code", "physician")
