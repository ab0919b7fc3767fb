"""Is an edition sound? Every check of every layer, in one order, as one report. Measures; repairs nothing."""

from collections.abc import Callable, Iterator, Mapping

from gridsvc.spatial.checks_codes import code_prefix, duplicates, numbering, size
from gridsvc.spatial.checks_datum import COMPONENTS, shifted, shifted_components
from gridsvc.spatial.checks_ground import gaps, inequalities, nesting, overlaps
from gridsvc.spatial.checks_shapes import enclaves, exclaves, invalid, strays
from gridsvc.spatial.checks_streets import contested, unowned
from gridsvc.spatial.datum import Floats
from gridsvc.spatial.findings import CheckReport, Finding, Sheet, comparable, overruled
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.shift import ALL_WGS84
from gridsvc.values import LayerChecks

__all__ = ["TOLERANCE_M2", "CheckReport", "Finding", "check_edition", "comparable"]

# What comes from rounding in drawing tools where no layer says otherwise.
TOLERANCE_M2 = LayerChecks().rounding_m2


def check_edition(
    edition: Edition,
    progress: Callable[[str], None] = lambda _: None,
    declared: Mapping[str, str] = ALL_WGS84,
    *,
    components: tuple[Floats, Floats] | None = None,
    before: Edition | None = None,
) -> CheckReport:
    """Run every check on every layer.

    Parameters
    ----------
    edition : Edition
        What is checked. Each layer's ``spec.checks`` says its tolerance, and how grave its findings are.
    progress : callable
        Told each layer's code before its turn, and ``components`` before theirs.
    declared : mapping of str to str
        The reference of each layer's file and of ``components``, ``wgs84`` where it is silent.
    components : arrays (lon, lat), each of shape (n,), optional
        Where components stand, WGS 84 degrees, NaN where unknown; compared with the streets and areas.
    before : Edition, optional
        The edition that this one follows: a shift of the whole shows against it, and numbers that it used up are
        not missed.

    Returns
    -------
    CheckReport
        Errors first; in a layer by kind, then the largest first.
    """
    sheet = Sheet.of(edition)
    findings = [*strays(sheet), *shifted(sheet, declared, before)]
    for layer in edition:
        progress(layer.spec.code)
        findings += _of(layer, sheet, before)
    if components is not None:
        progress(COMPONENTS)
        findings += shifted_components(sheet, *components, declared.get(COMPONENTS, "wgs84"))
    asked = {layer.spec.code: layer.spec.checks for layer in edition}
    kept = [own for f in findings for own in overruled(f, asked.get(f.layer, LayerChecks()))]
    kept.sort(key=lambda f: (f.severity, f.layer, f.id, -(f.measure or 0.0), f.codes))
    return CheckReport(edition.code, tuple(kept))


def _of(layer: Layer, sheet: Sheet, before: Edition | None) -> Iterator[Finding]:
    """Every finding on one layer."""
    yield from invalid(layer)
    yield from duplicates(layer)
    yield from code_prefix(layer, sheet)
    yield from unowned(layer, sheet)
    yield from contested(layer, sheet)
    if layer.spec.geometry == "polygon":
        earlier = None if before is None else before.layers.get(layer.spec.code)
        yield from overlaps(layer, sheet)
        yield from gaps(layer, sheet)
        yield from nesting(layer, sheet)
        yield from inequalities(layer, sheet)
        yield from exclaves(layer, sheet)
        yield from enclaves(layer, sheet)
        yield from size(layer, sheet)
        yield from numbering(layer, sheet, () if earlier is None else earlier.codes)
