"""The two forms of an Open311 answer, JSON and XML, and how it words a refusal in either."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from xml.etree import ElementTree

from fastapi.responses import JSONResponse, Response

Format = Literal["json", "xml"]
PREFIX = "/open311/"
XML = "text/xml"
# What XML 1.0 has no way to write, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What the parts of each list are called.
_PARTS = {
    "services": "service", "service_requests": "request", "attributes": "attribute", "values": "value",
    "errors": "error", "endpoints": "endpoint", "formats": "format",
}  # fmt: skip


def written(
    form: Format, root: str, told: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer in one of the forms; ``root`` is what the whole is called in XML, where JSON calls it nothing."""
    if form == "json":
        return JSONResponse(told, status, dict(headers or {}))
    element = ElementTree.Element(root)
    _fill(element, root, told)
    body = ElementTree.tostring(element, encoding="utf-8", xml_declaration=True)
    return Response(body, status, dict(headers or {}), f"{XML}; charset=utf-8")


def _fill(element: ElementTree.Element, name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _fill(ElementTree.SubElement(element, key), key, inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            _fill(ElementTree.SubElement(element, _PARTS[name]), _PARTS[name], inner)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _UNWRITABLE.sub("\ufffd", str(value))


def refused(path: str, problem: Response) -> Response:
    """Say in Open311's words what a problem document says; what cannot be used it calls 400, whatever the reason."""
    told: dict[str, Any] = json.loads(bytes(problem.body))
    status = 400 if problem.status_code == 422 else problem.status_code
    errors = [{"code": status, "description": _one(told, e)} for e in told["errors"]]
    whole = {"code": status, "description": f"{told['zh']} / {told['en']}"}
    headers = {k: v for k, v in problem.headers.items() if k not in ("content-type", "content-length")}
    return written("xml" if path.endswith(".xml") else "json", "errors", errors or [whole], status, headers)


def _one(told: Mapping[str, Any], error: Mapping[str, Any]) -> str:
    return f"{told['zh']} / {told['en']}: {error['field']}: {error['mend_zh']} / {error['mend_en']}"
