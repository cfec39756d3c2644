"""Images and files of a reply: an address on the web, or a file beside the rules."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from worker.actions.menu import same_words
from worker.actions.seat import cannot
from worker.actions.wording import Told
from worker.errors import Fault, GatewayError, TookEffect
from worker.model.action import Desk, RenderError
from worker.model.chat import Message
from worker.model.gateway import Outgoing
from worker.text.template import FILLED, fill, is_template

Attachment = Told
"""An https:// URL, or a path below the rule file's folder."""

_LARGEST_BYTES = 20 << 20  # the smallest bound of the channels behind the platforms is near this
_FIXED_HOST = re.compile(r"https://[^{}/\s]+/")
_TYPES = frozenset({"image", "file", "pdf"})


def place_problem(place: str, folder: str) -> tuple[str, str] | None:
    """What is wrong with where an attachment is, and how to mend it; None: nothing.

    Args:
        folder: where the rule file is; "": unknown, the file is not looked for.
    """
    if not place or place.startswith("https://"):
        if is_template(place) and not _FIXED_HOST.match(place):
            return "the host of an address cannot be a template", "write https://HOST/… first"
        return _address_problem(place) if place else None
    return _path_problem(place, folder)


def _address_problem(place: str) -> tuple[str, str] | None:
    fixed = FILLED.sub("x", place)
    if re.search(r"\s", fixed):
        return "an address has no space in it", "write %20 for a space, or take it out"
    try:
        host = urlsplit(fixed).hostname
    except ValueError:
        host = None
    return None if host else ("this address names no host", "write https://HOST/…")


def _path_problem(place: str, folder: str) -> tuple[str, str] | None:
    if "://" in place:
        return "an attachment's address begins with https://", "or name a file beside the rules"
    if is_template(place):
        return "the path of a file cannot be a template", "write an https:// address, or a path"
    if PurePosixPath(place).is_absolute() or ".." in PurePosixPath(place).parts:
        return "a file must be below the rule file's folder", "write the path from there"
    if folder and not (Path(folder) / place).is_file():
        there = "beside the rule file" if folder == "." else f"in {folder}"
        return f"there is no file '{place}'", f"it is looked for {there}"
    return None


def resolved(place: str, folder: str, values: Mapping[str, Any]) -> Mapping[str, str]:
    """`url` or `path` of the attachment, as part of an action's work.

    Raises:
        RenderError: the address cannot be filled.
    """
    if not place.startswith("https://"):
        return {"path": str(Path(folder) / place)}
    url = fill(place, values).strip()
    if re.search(r"\s", url):
        raise RenderError("the attachment's address came out with a space in it")
    return {"url": url}


async def outgoing_of(work: Mapping[str, Any], desk: Desk) -> Outgoing:
    """The message to send; a local file is uploaded first.

    Raises:
        GatewayError: the file cannot be read or uploaded; the customer has seen nothing.
    """
    name = work.get("path") or work["url"]
    url = work.get("url") or await _uploaded(Path(work["path"]), desk)
    kind = work["kind"]
    if kind == "file" and name.lower().endswith(".pdf"):
        kind = "pdf"
    return Outgoing(type=kind, url=url, caption=work["caption"])


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size <= _LARGEST_BYTES:
            return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise cannot(f"{path.name} cannot be read: {reason}", Fault.REJECTED) from None
    raise cannot(f"{path.name} is larger than {_LARGEST_BYTES >> 20} MiB", Fault.REJECTED)


async def _uploaded(path: Path, desk: Desk) -> str:
    content = _content(path)
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    try:
        return await desk.gateway.upload(path.name, content, media_type)
    except GatewayError as error:
        # An upload that arrived is seen by nobody: uploading again is harmless.
        raise GatewayError(
            error.fault,
            str(error),
            took_effect=TookEffect.NO,
            status=error.status,
            retry_after_s=error.retry_after_s,
        ) from None


def same_attachment(work: Mapping[str, Any], message: Message) -> bool:
    """The message carries this attachment; an uploaded one is known by its kind and caption."""
    if message.type not in _TYPES or not same_words(message.caption, work["caption"]):
        return False
    if "url" in work:
        return bool(message.url == work["url"])
    return (message.type == "image") is (work["kind"] == "image")
