"""What ``gridsvc boundaries check`` writes beside its list: a page with a map, and a picture."""

from dataclasses import dataclass
from pathlib import Path

from gridsvc.cli.points import whole_file
from gridsvc.cli.terminal import lang, now, progress, say
from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.topology import CheckReport
from gridsvc.web.offline import render
from gridsvc.web.pages.check import check_page
from gridsvc.web.pages.check_picture import check_picture


@dataclass(frozen=True, slots=True)
class Drawings:
    """The files that were asked for; a name that does not say what the file will be is refused before the check."""

    page: Path | None
    picture: Path | None

    def __post_init__(self) -> None:
        for option, path, suffix in (("--map", self.page, ".html"), ("--picture", self.picture, ".svg")):
            if path is not None and path.suffix.lower() != suffix:
                mend = (f"文件名以 {suffix} 结尾", f"give a name that ends in {suffix}")
                error = FieldError(option, str(path), *mend)
                raise BadInput("不能写成这种文件", "this kind of file cannot be written", [error])

    def write(self, edition: Edition, report: CheckReport, *, plain: bool = True) -> None:
        """Draw the report; each file appears whole or not at all. Without ``plain`` a program reads stderr."""
        if self.page is not None:
            with progress("画地图页", "drawing the map", plain=plain), whole_file(self.page) as part:
                page = check_page(edition, report, lang=lang(), generated=now().astimezone())
                part.write_text(render(page, mode="inline", lang=lang()), encoding="utf-8")
        if self.picture is not None:
            with progress("画图", "drawing the picture", plain=plain), whole_file(self.picture) as part:
                part.write_text(check_picture(edition, report, lang()), encoding="utf-8")
        for path in (self.page, self.picture):
            if path is not None and plain:
                say(f"已写出 {path}", f"wrote {path}")
