"""What was said to a real Ganeti and what it answered, kept in a file and said again.

Only the network is left out: the client makes its requests, and each must be the one that was made when the
file was recorded, in the same order.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from pathlib import Path

Exchange = tuple[str, str, Any, int, int]
"""Method, path, body, status code, number of the answer."""


@dataclass
class Transcript:
    """Requests and answers, in order; answers that come again are kept once.

    Parameters
    ----------
    path
        The file.
    folder
        Where the cluster kept itself: of this machine, and so kept as ``/srv/virtual``.
    """

    path: Path
    folder: str = ""
    answers: list[Any] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    said: int = 0

    @classmethod
    def read(cls, path: Path) -> Transcript:
        """Read what was recorded."""
        kept = json.loads(path.read_text())
        return cls(path, "", kept["answers"], [tuple(it) for it in kept["exchanges"]])

    def write(self) -> None:
        """Keep it, a line an answer and an exchange."""
        parts = (f'"{name}": [\n{_lines(getattr(self, name))}\n]' for name in ("answers", "exchanges"))
        self.path.write_text("{" + ",\n".join(parts) + "}\n")

    def take_down(self, request: requests.PreparedRequest, answer: requests.Response) -> None:
        """Note one exchange; its password is in a header, and no header is kept."""
        text = answer.text.replace(self.folder, "/srv/virtual") if self.folder else answer.text
        said = json.loads(text) if text else None
        if said not in self.answers:
            self.answers.append(said)
        number = self.answers.index(said)
        self.exchanges.append((*_asked(request), answer.status_code, number))

    def answer(self, request: requests.PreparedRequest) -> requests.Response:
        """Give the next answer, if this is the request that it was given to."""
        assert self.said < len(self.exchanges), f"nothing was asked after this, and now {_asked(request)}"
        method, path, body, status, number = self.exchanges[self.said]
        assert _asked(request) == (method, path, body), f"exchange {self.said} of {self.path.name}"
        self.said += 1
        made = requests.Response()
        made.status_code, made.request, made.url = status, request, str(request.url)
        made._content = json.dumps(self.answers[number]).encode()
        return made


def _lines(rows: list[Any]) -> str:
    return ",\n".join(json.dumps(row) for row in rows)


def _asked(request: requests.PreparedRequest) -> tuple[str, str, Any]:
    return str(request.method), request.path_url, json.loads(request.body) if request.body else None
