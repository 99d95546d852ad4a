"""Where the page listens, and which requests come from the page itself.

Other pages in the same browser can send requests to this computer, too: by another page's form,
or by a name of theirs that leads here. So the host and the origin of each request are looked at,
and nothing is given without the secret of this run.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from core.records import dataclass


class CannotListen(OSError):
    """The page is not served there; the message says why, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Listening:
    """An address of this computer; port 0 is any that is free.

    Only with `exposed` may it be one that other computers reach.

    Raises:
        CannotListen: it is no such address.
    """

    host: str = "127.0.0.1"
    port: int = 0
    exposed: bool = False

    def __post_init__(self) -> None:
        try:
            is_loopback = ip_address(self.host).is_loopback
        except ValueError:
            raise CannotListen(
                f"--host takes an address in numbers such as 127.0.0.1, not {self.host!r}."
            ) from None
        if not is_loopback and not self.exposed:
            raise CannotListen(
                f"Other computers can reach {self.host}, and whoever sees the page's address may"
                " act for everybody there. If that is meant, add --exposed."
            )

    def url(self, port: int) -> str:
        """How a browser begins an address here."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{port}"

    def is_host(self, said: str, port: int) -> bool:
        """Whether a request that named this host was meant for the page.

        Where all addresses of the computer are listened to, it has to be one in numbers: a name
        could be anybody's.
        """
        try:
            parts = urlsplit(f"//{said}")
            host, to = ip_address(parts.hostname or ""), parts.port
        except ValueError:
            return False
        wanted = ip_address(self.host)
        return to == port and (host == wanted or wanted.is_unspecified)

    @staticmethod
    def is_origin(said: str | None, host: str, *, acts: bool) -> bool:
        """Whether a request was sent by the page; one that `acts` has to say so."""
        return said == f"http://{host}" if said is not None else not acts
