"""The page that tells a person in a browser why he was not signed in, and what to do about it."""

from html import escape

from gridsvc.errors import GridsvcError
from gridsvc.values import Lang

_WORDS = {"zh": ("登录未成功", "返回登录"), "en": ("You are not signed in", "Back to sign in")}


def refusal_page(lang: Lang, error: GridsvcError) -> str:
    """Write the page; whatever the error quotes from outside is shown as text."""
    title, back = _WORDS[lang]
    told = "".join(f"<p>{escape(line.strip())}</p>" for line in error.text(lang).splitlines())
    return f"""<!doctype html>
<html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<link rel="icon" href="/static/own/favicon.svg"><link rel="stylesheet" href="/static/own/sign_in.css"></head>
<body><main><h1>{title}</h1><div id="told" role="alert">{told}</div>
<p><a href="/login">{back}</a></p></main></body></html>"""
