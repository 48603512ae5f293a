"""What a command may ask of the installation it runs in: to seal what must not be read, and what is set for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from core.secrets import Secrets
from core.setting_values import Network
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Installation:
    """The secrets of this installation, and the networks that webhooks may reach besides the public Internet.

    `url` is what links begin with; `sends_mail` says that there is a mail server; `largest_file` is the size of the
    largest attachment, in bytes.
    """

    secrets: Secrets
    webhook_allow: tuple[Network, ...] = ()
    url: str = ""
    sends_mail: bool = False
    largest_file: int = 500_000_000

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read it from the settings; raises SettingError when there is no secret and none can be made."""
        url = settings.public_url or settings.url
        sends_mail = settings.smtp_url is not None
        return cls(Secrets.of(settings), settings.webhook_allow, url, sends_mail, settings.largest_file)
